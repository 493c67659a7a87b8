// SPDX-License-Identifier: Apache-2.0
// serving_5865.cc: an informer's callback sends to the channel of a revision's watcher, which
// closes it when it is told to stop. Repair: the watcher does not close what others send to.

#include "kernels/kernel.h"

namespace kernels::serving_5865 {
namespace {

struct revision_watcher {
  weft::chan<int> destinations = weft::make_chan<int>(1);
  weft::chan<void> stop = weft::make_chan<void>();

  void run(bool repaired) {
    stop.recv();
    if (!repaired) destinations.close();  // race
  }
};

struct backends_manager {
  weft::shared_mutex mu;
  revision_watcher watcher;

  void endpoints_updated(int endpoint) {
    mu.lock_shared();
    static_cast<void>(watcher.destinations.try_send(endpoint));  // race
    mu.unlock_shared();
  }
};

void body(bool repaired) {
  backends_manager m;
  weft::wait_group all;
  all.go([&] { m.watcher.run(repaired); });
  all.go([&] { m.endpoints_updated(1); });
  m.watcher.stop.close();
  all.wait();
}

const registration entry({"serving/5865", "channel misuse", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::serving_5865
