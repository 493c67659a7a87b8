// SPDX-License-Identifier: Apache-2.0
// kubernetes_58107.cc: a worker waits for work while it holds the read lock. The periodic sync
// wants the write lock, and from then on no other worker can even look at its queue. Repair:
// workers lock when they have got something.

#include "kernels/kernel.h"

#include <mutex>

namespace kernels::kubernetes_58107 {
namespace {

struct work_queue {
  weft::mutex mu;
  weft::condition_variable cv;
  int items = 0;

  void get() {
    std::unique_lock hold(mu);
    cv.wait(hold, [&] { return items > 0; });
    --items;
  }
  void put() {
    std::scoped_lock hold(mu);
    ++items;
    cv.notify_one();
  }
};

struct quota_controller {
  weft::shared_mutex worker_lock;
  work_queue queue;
  work_queue missing_usage;
  weft::wait_group workers;
  int synced = 0;

  // What the second queue has is made from what the first one had.
  void worker(bool first, bool repaired) {
    work_queue& from = first ? queue : missing_usage;
    if (!repaired) worker_lock.lock_shared();
    from.get();
    if (repaired) worker_lock.lock_shared();
    worker_lock.unlock_shared();
    if (!first) queue.put();
    workers.done();
  }

  void sync() {
    worker_lock.lock();
    ++synced;
    worker_lock.unlock();
  }
};

void body(bool repaired) {
  auto c = std::make_shared<quota_controller>();
  c->workers.add(2);
  weft::go({.name = "first"}, [=] { c->worker(true, repaired); });
  weft::go({.name = "second"}, [=] { c->worker(false, repaired); });
  weft::go({.name = "sync"}, [=] { c->sync(); });
  c->missing_usage.put();
  c->workers.wait();
}

const registration entry(
    {"kubernetes/58107", "RWR", verdict::deadlock, {"main:W first:C second:RL sync:WL"}, body});

}  // namespace
}  // namespace kernels::kubernetes_58107
