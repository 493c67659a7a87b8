// SPDX-License-Identifier: Apache-2.0
// kubernetes_11298.cc: a notifier's loop has a helper wait for the condition. At the end it signals
// once and waits for the helper; if the signal comes before the helper waits, nobody ever wakes it.
// Repair: the helper waits for a flag that is set under the lock.

#include "kernels/kernel.h"

#include <mutex>

namespace kernels::kubernetes_11298 {
namespace {

struct notifier {
  weft::mutex mu;
  weft::condition_variable cv;
  bool ended = false;

  // Returns what is closed when the helper has been woken.
  weft::chan<void> helper(const std::shared_ptr<notifier>& self, bool repaired) {
    auto woken = weft::make_chan<void>();
    weft::go({.name = "helper"}, [=] {
      {
        std::unique_lock hold(self->mu);
        if (repaired) {
          self->cv.wait(hold, [&] { return self->ended; });
        } else {
          self->cv.wait(hold);
        }
      }
      woken.close();
    });
    return woken;
  }

  void service_loop(const std::shared_ptr<notifier>& self, const weft::chan<void>& abort,
                    bool repaired) {
    for (;;) {
      auto woken = helper(self, repaired);
      bool aborted = false;
      weft::select(weft::on_recv(abort, [&](bool) { aborted = true; }), weft::on_recv(woken));
      if (!aborted) continue;
      {
        std::scoped_lock hold(mu);
        ended = true;
        if (repaired) cv.notify_all();
        if (!repaired) cv.notify_one();
      }
      woken.recv();
      return;
    }
  }
};

void body(bool repaired) {
  auto n = std::make_shared<notifier>();
  auto abort = weft::make_chan<void>();
  auto finished = weft::make_chan<void>();
  weft::go({.name = "loop"}, [=] {
    n->service_loop(n, abort, repaired);
    finished.close();
  });
  weft::go({.name = "aborter"}, [=] { abort.close(); });
  finished.recv();
}

const registration entry({"kubernetes/11298",
                          "channel and condition",
                          verdict::deadlock,
                          {"main:R helper:C loop:R"},
                          body});

}  // namespace
}  // namespace kernels::kubernetes_11298
