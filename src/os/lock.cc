// SPDX-License-Identifier: Apache-2.0
// lock.cc: slow paths of the runtime lock, and its rank check.                        Floor 1.

#include <weft/detail/os/lock.h>

#include "os/futex.h"

#include <sched.h>
#include <cstdio>
#include <cstdlib>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// A holder runs tens of instructions: longer spinning means that it was preempted, perhaps by us.
constexpr int k_spins = WEFT_CHECK ? 1 : 64;  // each turn multiplies what there is to explore
constexpr int k_yields = WEFT_CHECK ? 0 : 4;

}  // namespace

// Before main, hence before a second thread exists.
constinit lock::bucket lock::s_buckets[k_buckets];
bool lock::s_asymmetric = os::membarrier_init();
void (*lock::s_on_contention)() noexcept = nullptr;

void lock::acquire_slow() noexcept {
  wait_for_lock();
  if (s_on_contention != nullptr) s_on_contention();
}

void lock::wait_for_lock() noexcept {
  for (int i = 0; i < k_spins + k_yields; ++i) {
    if (i < k_spins) {
      cpu_relax();
    } else {
      sched_yield();
    }
    std::uint32_t free = 0;
    // [LK-7] relaxed: a look before the CAS, which orders.
    if (word_.load(relaxed) != 0) continue;
    // [LK-5] acquire: pairs with the release [LK-2], [LK-3]. As [LK-1].
    if (word_.compare_exchange_weak(free, 1, acquire, relaxed)) return;
  }
  shared_word<std::uint32_t>& sleepers = sleepers_of(this);
  sleepers.fetch_add(1);
  if (s_asymmetric) os::membarrier();
  // The exchange leaves 2 even when nobody else sleeps: at worst one wake-up too many.
  while (word_.exchange(2) != 0) os::futex_wait(word_, 2);
  sleepers.fetch_sub(1);
}

void lock::release_and_wake() noexcept {
  // [LK-3] release; pairs with the acquire [LK-1], [LK-4], [LK-5].
  if (word_.exchange(0, release) == 2) wake_one();
}

void lock::wake_one() noexcept { os::futex_wake(word_, 1); }

#if WEFT_ASSERT_LEVEL >= 3 && !WEFT_CHECK
namespace {

// A lock is never held across a switch of stacks but by the after-switch action that frees it,
// on the same thread: per-thread counts are right.
struct held_locks {
  std::uint16_t count[64] = {};
  int highest() const noexcept {
    for (int r = 63; r >= 0; --r)
      if (count[r] != 0) return r;
    return -1;
  }
};
thread_local held_locks t_held;

WEFT_NOINLINE held_locks& held() noexcept {
  held_locks* h = &t_held;
  asm volatile("" : "+r"(h));
  return *h;
}

}  // namespace

void lock::note_acquired() noexcept {
  held_locks& h = held();
  int mine = static_cast<int>(rank_);
  bool several_allowed = rank_ == lock_rank::chan || rank_ == lock_rank::timer_heap;
  if (h.highest() > mine || (h.highest() == mine && !several_allowed)) {
    std::fprintf(stderr, "weft: internal error: lock of rank %d taken while holding rank %d\n",
                 mine, h.highest());
    std::abort();
  }
  ++h.count[mine];
}

void lock::note_released() noexcept { --held().count[static_cast<int>(rank_)]; }
#endif

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
