// SPDX-License-Identifier: Apache-2.0
// moby_30408.cc: who waits for a plugin's activation is not woken when it fails.
// Repair: the way of failure notifies, too.

#include "kernels/kernel.h"

#include <mutex>

namespace kernels::moby_30408 {
namespace {

struct plugin {
  weft::mutex mu;
  weft::condition_variable activated_cv;
  bool activated = false;
  bool failed = false;

  bool wait_active() {
    std::unique_lock hold(mu);
    activated_cv.wait(hold, [&] { return activated || failed; });
    return activated;
  }

  void activate(bool works, bool repaired) {
    std::scoped_lock hold(mu);
    if (!works) {
      failed = true;
      if (repaired) activated_cv.notify_all();
      return;
    }
    activated = true;
    activated_cv.notify_all();
  }
};

void body(bool repaired) {
  auto p = std::make_shared<plugin>();
  auto seen = weft::make_chan<bool>();
  weft::go({.name = "waiter"}, [=] { seen.send(p->wait_active()); });
  weft::sleep_for(1ms);
  p->activate(false, repaired);
  seen.recv();
}

const registration entry({"moby/30408", "condition", verdict::deadlock, {"main:R waiter:C"}, body});

}  // namespace
}  // namespace kernels::moby_30408
