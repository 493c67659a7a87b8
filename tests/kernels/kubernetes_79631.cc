// SPDX-License-Identifier: Apache-2.0
// kubernetes_79631.cc: the scheduling queue deletes from the map of its heap under the lock, and a
// test looks into the map without. Repair: it locks.

#include "kernels/kernel.h"

#include <unordered_map>

namespace kernels::kubernetes_79631 {
namespace {

struct heap {
  std::unordered_map<int, int> items;
  int size = 0;

  void add(int key) {
    items[key] = 1;
    ++size;  // race
  }
  void erase(int key) {
    items.erase(key);
    --size;  // race
  }
  [[nodiscard]] int count() const {
    return size;  // race
  }
};

struct priority_queue {
  weft::shared_mutex mu;
  heap backoff;

  void flush_completed() {
    mu.lock();
    if (backoff.count() > 0) backoff.erase(1);
    mu.unlock();
  }
};

void body(bool repaired) {
  priority_queue q;
  q.backoff.add(1);
  weft::wait_group flushers;
  auto stop = weft::make_chan<void>();
  flushers.go([&] {
    for (int i = 0; i < 2; ++i) {
      bool stopped = false;
      weft::select(weft::on_recv(stop, [&](bool) { stopped = true; }), weft::otherwise([] {}));
      if (stopped) return;
      q.flush_completed();
    }
  });
  if (repaired) q.mu.lock_shared();
  use(q.backoff.count());
  if (repaired) q.mu.unlock_shared();
  stop.close();
  flushers.wait();
}

const registration entry({"kubernetes/79631", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_79631
