// SPDX-License-Identifier: Apache-2.0
// kubernetes_30872.cc: the informer asks its queue under its own lock; the queue, under its own,
// hands what it pops to a callback that locks the informer. Repair: the informer asks when it has
// unlocked.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::kubernetes_30872 {
namespace {

struct delta_fifo {
  weft::shared_mutex mu;

  void has_synced() {
    mu.lock();
    mu.unlock();
  }
  void pop(const std::function<void()>& process) {
    mu.lock();
    process();
    mu.unlock();
  }
};

struct federated_informer : std::enable_shared_from_this<federated_informer> {
  weft::mutex mu;
  delta_fifo queue;
  weft::chan<void> stop_chan;
  int clusters = 0;

  void add_cluster() {
    mu.lock();
    ++clusters;
    mu.unlock();
  }

  void start() {
    mu.lock();
    stop_chan = weft::make_chan<void>();
    weft::go({.name = "informer"}, [self = shared_from_this(), stop = stop_chan] {
      for (int i = 0; i < 2; ++i) {
        bool stopped = false;
        weft::select(weft::on_recv(stop, [&](bool) { stopped = true; }), weft::otherwise([] {}));
        if (stopped) return;
        self->queue.pop([&] { self->add_cluster(); });
      }
    });
    mu.unlock();
  }

  void stop() {
    mu.lock();
    stop_chan.close();
    mu.unlock();
  }

  void clusters_synced(bool repaired) {
    mu.lock();
    if (repaired) mu.unlock();
    queue.has_synced();
    if (!repaired) mu.unlock();
  }
};

void body(bool repaired) {
  auto f = std::make_shared<federated_informer>();
  auto stop = weft::make_chan<void>();
  f->start();
  weft::go({.name = "stopper"}, [=] {
    stop.recv();
    f->stop();
  });
  weft::go({.name = "reconciler"}, [=] { f->clusters_synced(repaired); });
  stop.close();
}

const registration entry({"kubernetes/30872",
                          "AB-BA",
                          verdict::leak,
                          {"informer:L reconciler:WL", "informer:L reconciler:WL stopper:L"},
                          body});

}  // namespace
}  // namespace kernels::kubernetes_30872
