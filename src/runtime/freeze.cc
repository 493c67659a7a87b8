// SPDX-License-Identifier: Apache-2.0
// freeze.cc: keeping parked goroutines where they are while somebody reads their stacks. Floor 3.
//
//   who switches (pick_next, run_on)     who freezes
//   1 g.on_cpu = true                    1 attention = true on every processor
//   2 light fence                        2 heavy fence
//   3 attention? take it back, wait      3 read g.on_cpu: false means that g stays put
// The store-load pair of asymmetric_fence.h: at least one of the two sees the other.

#include "runtime/scheduler.h"

#include <sched.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

void scheduler::freeze() noexcept {
  std::uint32_t thawed = 0;
  while (!frozen_.compare_exchange_weak(thawed, 1)) {
    thawed = 0;
    sched_yield();
  }
  for_each_processor([](processor& p) { p.attention.store(true); });
  os::fence_heavy();
}

// A freeze that begins meanwhile must not be missed: it raises frozen_ first, then the flags.
void scheduler::clear_attention(processor& p) noexcept {
  p.attention.store(false);
  if (frozen_.load() != 0) p.attention.store(true);
}

void scheduler::thaw() noexcept {
  frozen_.store(0);
  os::futex_wake(frozen_, 1 << 30);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
