// SPDX-License-Identifier: Apache-2.0
// etcd_10492.cc: a lease is renewed under the lessor's lock, and the checkpoint that follows takes
// it. Repair: the checkpointer is called when the lock has been given back.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::etcd_10492 {
namespace {

struct lessor {
  weft::shared_mutex mu;
  std::function<void(const weft::context&)> checkpointer;
  int remaining = 10;

  void checkpoint(int left) {
    mu.lock();
    remaining = left;
    mu.unlock();
  }

  void renew(bool repaired) {
    mu.lock();
    bool needs_checkpoint = checkpointer != nullptr && remaining > 0;
    if (repaired) mu.unlock();
    if (needs_checkpoint) checkpointer(weft::background());
    if (!repaired) mu.unlock();
  }
};

void body(bool repaired) {
  lessor le;
  le.checkpointer = [&](const weft::context& ctx) {
    if (!ctx.err()) le.checkpoint(0);
  };
  le.renew(repaired);
}

const registration entry({"etcd/10492", "double lock", verdict::deadlock, {"main:WL"}, body});

}  // namespace
}  // namespace kernels::etcd_10492
