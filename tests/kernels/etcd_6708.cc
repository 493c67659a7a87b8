// SPDX-License-Identifier: Apache-2.0
// etcd_6708.cc: Sync holds the write lock while it asks for the leader, which takes the read lock.
// Repair: the leader is sought by a function that expects the lock to be held.

#include "kernels/kernel.h"

namespace kernels::etcd_6708 {
namespace {

enum class selection : unsigned char { random, prefer_leader };

struct cluster_client {
  weft::shared_mutex mu;
  std::vector<int> endpoints{1, 2, 3};
  int pinned = 0;
  selection mode = selection::prefer_leader;

  int leader_endpoint(bool locked) {
    if (!locked) mu.lock_shared();
    int leader = endpoints.back();
    if (!locked) mu.unlock_shared();
    return leader;
  }

  // Called with the lock held.
  void set_endpoints(std::vector<int> fresh, bool repaired) {
    endpoints = std::move(fresh);
    if (mode == selection::prefer_leader) pinned = leader_endpoint(repaired);
  }

  void sync(bool repaired) {
    mu.lock();
    set_endpoints({4, 5}, repaired);
    mu.unlock();
  }
};

void body(bool repaired) {
  cluster_client c;
  c.sync(repaired);
}

const registration entry({"etcd/6708", "double lock", verdict::deadlock, {"main:RL"}, body});

}  // namespace
}  // namespace kernels::etcd_6708
