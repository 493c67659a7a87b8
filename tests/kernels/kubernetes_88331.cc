// SPDX-License-Identifier: Apache-2.0
// kubernetes_88331.cc: the length of the active queue is asked for without its lock, while a pod is
// popped. Repair: with it.

#include "kernels/kernel.h"

namespace kernels::kubernetes_88331 {
namespace {

struct heap {
  std::vector<int> items{3, 1, 2};
};

struct scheduling_queue {
  weft::shared_mutex mu;
  heap active;

  int pop() {
    mu.lock();
    int top = active.items.back();
    active.items.pop_back();  // race
    mu.unlock();
    return top;
  }

  std::size_t pending(bool repaired) {
    if (repaired) mu.lock_shared();
    std::size_t n = active.items.size();  // race
    if (repaired) mu.unlock_shared();
    return n;
  }
};

void body(bool repaired) {
  scheduling_queue q;
  auto stop = weft::make_chan<void>();
  weft::wait_group loops;
  loops.go([&] {
    for (int i = 0; i < 2; ++i) {
      bool stopped = false;
      weft::select(weft::on_recv(stop, [&](bool) { stopped = true; }), weft::otherwise([] {}));
      if (stopped) return;
      static_cast<void>(q.pop());
    }
  });
  use(q.pending(repaired));
  stop.close();
  loops.wait();
}

const registration entry({"kubernetes/88331", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_88331
