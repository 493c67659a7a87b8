// SPDX-License-Identifier: Apache-2.0
// cockroach_25456.cc: a queue asks whether it is to drain by receiving from the channel that is
// closed then, and waits. Repair: it looks without waiting.

#include "kernels/kernel.h"

namespace kernels::cockroach_25456 {
namespace {

struct stopper {
  weft::chan<void> quiescer = weft::make_chan<void>();
  void close() { quiescer.close(); }
};

struct consistency_queue {
  stopper& stop;
  int checked = 0;

  bool is_draining(bool repaired) const {
    if (!repaired) {
      stop.quiescer.recv();
      return true;
    }
    return weft::select(weft::on_recv(stop.quiescer), weft::otherwise([] {})) == 0;
  }

  void process(bool repaired) {
    for (int replica = 0; replica < 2; ++replica) {
      if (is_draining(repaired)) return;
      ++checked;
    }
  }
};

void body(bool repaired) {
  stopper s;
  consistency_queue q{s};
  q.process(repaired);
  s.close();
}

const registration entry({"cockroach/25456", "channel", verdict::deadlock, {"main:R"}, body});

}  // namespace
}  // namespace kernels::cockroach_25456
