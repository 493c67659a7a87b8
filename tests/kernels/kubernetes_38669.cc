// SPDX-License-Identifier: Apache-2.0
// kubernetes_38669.cc: a watcher is stopped, and its goroutine still wants to hand out an event.
// Repair: stopping closes a channel that it looks at as well.

#include "kernels/kernel.h"

namespace kernels::kubernetes_38669 {
namespace {

struct cache_watcher {
  weft::mutex mu;
  weft::chan<int> input = weft::make_chan<int>(2);
  weft::chan<int> result = weft::make_chan<int>(1);
  weft::chan<void> done = weft::make_chan<void>();
  bool stopped = false;

  void hand_out(int event, bool repaired) {
    if (repaired) {
      weft::select(weft::on_send(result, event), weft::on_recv(done));
    } else {
      result.send(event);
    }
  }

  void process(std::vector<int> initial, bool repaired) {
    for (int event : initial) hand_out(event, repaired);
    for (int event : input) hand_out(event, repaired);
    result.close();
  }

  void stop() {
    mu.lock();
    if (!stopped) {
      stopped = true;
      done.close();
      input.close();
    }
    mu.unlock();
  }
};

void body(bool repaired) {
  auto w = std::make_shared<cache_watcher>();
  weft::go({.name = "process"}, [=] { w->process({1, 2}, repaired); });
  w->stop();
}

const registration entry({"kubernetes/38669", "channel", verdict::leak, {"process:S"}, body});

}  // namespace
}  // namespace kernels::kubernetes_38669
