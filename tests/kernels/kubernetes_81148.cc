// SPDX-License-Identifier: Apache-2.0
// kubernetes_81148.cc: a test sets the time of a pod in the queue, which a goroutine of the queue
// compares with the clock. Repair: the queue's loop is not started.

#include "kernels/kernel.h"

#include <map>

namespace kernels::kubernetes_81148 {
namespace {

struct pod_info {
  long since = 0;
};

struct priority_queue {
  weft::shared_mutex mu;
  weft::chan<void> stop = weft::make_chan<void>();
  std::map<int, pod_info> unschedulable{{1, {5}}};
  int moved = 0;

  void flush_leftover() {
    mu.lock();
    for (auto& [id, pod] : unschedulable)
      if (pod.since < 10)  // race
        ++moved;
    mu.unlock();
  }

  void run() {
    for (int i = 0; i < 2; ++i) {
      flush_leftover();
      if (weft::select(weft::on_recv(stop), weft::on_recv(weft::after(30s))) == 0) return;
    }
  }
};

void body(bool repaired) {
  priority_queue q;
  weft::wait_group loops;
  if (!repaired) loops.go([&] { q.run(); });
  q.unschedulable.begin()->second.since = 20;  // race
  q.flush_leftover();
  q.stop.close();
  loops.wait();
}

const registration entry({"kubernetes/81148", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_81148
