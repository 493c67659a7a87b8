// SPDX-License-Identifier: Apache-2.0
// cockroach_584.cc: the gossip loop is left while it holds the lock, and managing wants it again.
// Repair: unlock before break.

#include "kernels/kernel.h"

namespace kernels::cockroach_584 {
namespace {

struct gossip {
  weft::mutex mu;
  bool closed = false;
  weft::chan<void> stalled = weft::make_chan<void>(1);

  void bootstrap(bool repaired) {
    for (;;) {
      mu.lock();
      if (closed) {
        if (repaired) mu.unlock();
        break;
      }
      mu.unlock();
      stalled.recv();
    }
  }

  void manage() {
    mu.lock();
    mu.unlock();
  }

  void close() {
    mu.lock();
    closed = true;
    mu.unlock();
    stalled.send();
  }
};

void body(bool repaired) {
  auto g = std::make_shared<gossip>();
  weft::go({.name = "gossip"}, [=] {
    g->bootstrap(repaired);
    g->manage();
  });
  weft::go({.name = "closer"}, [=] { g->close(); });
}

const registration entry({"cockroach/584", "double lock", verdict::leak, {"gossip:L"}, body});

}  // namespace
}  // namespace kernels::cockroach_584
