// SPDX-License-Identifier: Apache-2.0
// moby_28462.cc: a container whose state has changed stops its health monitor by a send, with its
// lock; the monitor handles the result of a probe first, for which it needs the lock. Repair: the
// channel is closed.

#include "kernels/kernel.h"

namespace kernels::moby_28462 {
namespace {

constexpr int k_probes = 2;

struct container {
  weft::mutex mu;
  weft::chan<void> stop = weft::make_chan<void>();
  int probed = 0;

  void handle_probe_result() {
    mu.lock();
    ++probed;
    mu.unlock();
  }

  void monitor() {
    for (int i = 0; i < k_probes; ++i) {
      bool stopped = false;
      weft::select(weft::on_recv(stop, [&](bool) { stopped = true; }), weft::otherwise([] {}));
      if (stopped) return;
      handle_probe_result();
    }
    stop.recv();
  }

  void state_changed(bool repaired) {
    mu.lock();
    if (repaired) {
      stop.close();
    } else {
      stop.send();
    }
    mu.unlock();
  }
};

void body(bool repaired) {
  auto c = std::make_shared<container>();
  weft::go({.name = "monitor"}, [=] { c->monitor(); });
  weft::go({.name = "state"}, [=] { c->state_changed(repaired); });
}

const registration entry(
    {"moby/28462", "channel and lock", verdict::leak, {"monitor:L state:S"}, body});

}  // namespace
}  // namespace kernels::moby_28462
