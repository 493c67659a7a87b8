// SPDX-License-Identifier: Apache-2.0
// etcd_7902.cc: a follower waits under the lock for the round to be closed, which the leader does
// under the same lock. Repair: a round is released without the lock.

#include "kernels/kernel.h"

namespace kernels::etcd_7902 {
namespace {

constexpr int k_rounds = 2;

struct election {
  weft::mutex mu;
  weft::mutex next_mu;  // guards next where mu does not
  weft::chan<void> next = weft::make_chan<void>();
  weft::wait_group all;

  weft::chan<void> current() {
    next_mu.lock();
    weft::chan<void> c = next;
    next_mu.unlock();
    return c;
  }
  // Who comes after the last one does not wait.
  void close_round(bool last) {
    next_mu.lock();
    next.close();
    if (!last) next = weft::make_chan<void>();
    next_mu.unlock();
  }

  void run(bool leader, bool repaired) {
    for (int round = 0; round < k_rounds; ++round) {
      mu.lock();
      weft::chan<void> mine = current();
      mu.unlock();
      if (!repaired) mu.lock();
      if (leader) close_round(round + 1 == k_rounds);
      mine.recv();
      if (!repaired) mu.unlock();
    }
    all.done();
  }
};

void body(bool repaired) {
  auto e = std::make_shared<election>();
  e->all.add(2);
  weft::go({.name = "leader"}, [=] { e->run(true, repaired); });
  weft::go({.name = "follower"}, [=] { e->run(false, repaired); });
  e->all.wait();
}

const registration entry(
    {"etcd/7902", "channel and lock", verdict::deadlock, {"main:W follower:R leader:L"}, body});

}  // namespace
}  // namespace kernels::etcd_7902
