// SPDX-License-Identifier: Apache-2.0
// kubernetes_10182.cc: a pod's status is put on the channel under the lock; who takes it off the
// channel needs the lock before it comes for the next. Repair: the send is made without the lock.

#include "kernels/kernel.h"

#include <map>

namespace kernels::kubernetes_10182 {
namespace {

struct status_manager {
  weft::shared_mutex mu;
  weft::chan<int> updates = weft::make_chan<int>();
  std::map<int, int> statuses;

  void sync_batch() {
    int pod = *updates.recv();
    mu.lock();
    statuses.erase(pod);
    mu.unlock();
  }

  void set_status(int pod, bool repaired) {
    mu.lock();
    statuses[pod] = 1;
    if (repaired) mu.unlock();
    updates.send(pod);
    if (!repaired) mu.unlock();
  }
};

void body(bool repaired) {
  auto s = std::make_shared<status_manager>();
  weft::go({.name = "sync"}, [=] {
    for (int i = 0; i < 2; ++i) s->sync_batch();
  });
  for (int pod : {1, 2}) weft::go({.name = "set"}, [=] { s->set_status(pod, repaired); });
}

const registration entry(
    {"kubernetes/10182", "channel and lock", verdict::leak, {"set:S sync:WL"}, body});

}  // namespace
}  // namespace kernels::kubernetes_10182
