// SPDX-License-Identifier: Apache-2.0
// kubernetes_62464.cc: the CPU manager reconciles under its state's read lock and asks it for a CPU
// set, which takes the read lock again; a container is removed in between. Repair: no lock over the
// round.

#include "kernels/kernel.h"

#include <map>

namespace kernels::kubernetes_62464 {
namespace {

struct state_memory {
  weft::shared_mutex mu;
  std::map<int, int> assignments{{1, 3}, {2, 5}};
  int default_set = 1;

  int cpu_set(int container) {
    mu.lock_shared();
    auto found = assignments.find(container);
    int set = found != assignments.end() ? found->second : default_set;
    mu.unlock_shared();
    return set;
  }
  void remove(int container) {
    mu.lock();
    assignments.erase(container);
    mu.unlock();
  }
};

struct cpu_manager {
  state_memory state;
  int updated = 0;

  void reconcile(bool repaired) {
    if (!repaired) state.mu.lock_shared();
    for (int container : {1, 2}) updated += state.cpu_set(container);
    if (!repaired) state.mu.unlock_shared();
  }
};

void body(bool repaired) {
  auto m = std::make_shared<cpu_manager>();
  weft::go({.name = "reconcile"}, [=] { m->reconcile(repaired); });
  weft::go({.name = "remove"}, [=] { m->state.remove(1); });
}

const registration entry(
    {"kubernetes/62464", "RWR", verdict::leak, {"reconcile:RL remove:WL"}, body});

}  // namespace
}  // namespace kernels::kubernetes_62464
