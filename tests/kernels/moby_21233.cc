// SPDX-License-Identifier: Apache-2.0
// moby_21233.cc: the test's consumer of progress gives up at the first thing that it does not like.
// The watcher of a transfer, which reports progress, waits for it, and the release of the transfer
// for the watcher. Repair: the consumer goes on to the end.

#include "kernels/kernel.h"

#include <weft/check.h>

namespace kernels::moby_21233 {
namespace {

struct watcher {
  weft::chan<void> release = weft::make_chan<void>();
  weft::chan<void> running = weft::make_chan<void>();
};

struct transfer {
  weft::mutex mu;

  std::shared_ptr<watcher> watch(const weft::chan<int>& progress,
                                 const std::shared_ptr<transfer>& self) {
    mu.lock();
    auto w = std::make_shared<watcher>();
    weft::go({.name = "watcher"}, [=] {
      bool done = false;
      for (;;) {
        self->mu.lock();
        self->mu.unlock();
        if (weft::check::choose(2) == 1) progress.send(50);
        if (done) break;
        weft::select(weft::on_recv(w->release, [&](bool) { done = true; }));
      }
      w->running.close();
    });
    mu.unlock();
    return w;
  }

  void end(watcher& w) {
    mu.lock();
    mu.unlock();
    w.release.close();
    w.running.recv();
  }
};

void body(bool repaired) {
  auto progress = weft::make_chan<int>();
  auto consumed = weft::make_chan<void>();
  weft::go({.name = "consumer"}, [=] {
    int worst = 100;
    for (int p : progress) {
      worst = std::min(worst, p);
      if (worst < 100 && !repaired) return;  // t.Fatalf
    }
    consumed.close();
  });
  std::vector<std::shared_ptr<transfer>> transfers;
  std::vector<std::shared_ptr<watcher>> watchers;
  for (int i = 0; i < 2; ++i) {
    transfers.push_back(std::make_shared<transfer>());
    watchers.push_back(transfers.back()->watch(progress, transfers.back()));
  }
  for (std::size_t i = 0; i < transfers.size(); ++i) transfers[i]->end(*watchers[i]);
  progress.close();
  consumed.recv();
}

const registration entry({"moby/21233",
                          "channel",
                          verdict::deadlock,
                          {"main:R", "main:R watcher:S", "main:R watcher:S watcher:Sel"},
                          body});

}  // namespace
}  // namespace kernels::moby_21233
