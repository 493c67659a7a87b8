// SPDX-License-Identifier: Apache-2.0
// mutex.cc: contended lock and unlock.                                                Floor 4.
//
// Source: Go's internal/sync/mutex.go: barging with a wake-up hint, and starvation mode.
//
// INV-1 starving implies at least one waiter.
// INV-2 unlock decides everything in one compare-and-swap, and books a permit with it: a waiter
//       counted in state_ leaves only with a permit, so that the mutex still exists when
//       the permit is given.

#include <weft/mutex.h>

#include <weft/detail/runtime/timers.h>

namespace weft::inline WEFT_WORLD {
namespace {

constexpr std::int64_t k_starvation_ns = 1'000'000;
constexpr int k_spins = 4;
constexpr int k_pauses = 30;

}  // namespace

void mutex::lock_slow() {
  using detail::acquire;
  using detail::relaxed;
  std::int64_t waiting_since = 0;
  bool starving = false;
  bool woken = false;
  int spins = 0;
  detail::note_contention();
  std::uint32_t old = state_.load(relaxed);  // [MX-6] relaxed: checked by the swaps below.
  for (;;) {
    if ((old & (k_locked | k_starving)) == k_locked && spins < k_spins && detail::may_spin()) {
      // Tell unlock that somebody is awake, so that it wakes nobody else.
      if (!woken && (old & k_woken) == 0 && old >= k_one_waiter) {
        // [MX-7] relaxed: a hint in the word.
        woken = state_.compare_exchange_strong(old, old | k_woken, relaxed, relaxed);
      }
      for (int i = 0; i < k_pauses; ++i) detail::cpu_relax();
      ++spins;
      old = state_.load(relaxed);  // [MX-8] relaxed: as [MX-6].
      continue;
    }
    std::uint32_t wanted = old;
    if ((old & k_starving) == 0) wanted |= k_locked;
    if ((old & (k_locked | k_starving)) != 0) wanted += k_one_waiter;
    if (starving && (old & k_locked) != 0) wanted |= k_starving;
    if (woken) wanted &= ~k_woken;
    // [MX-5] acquire; pairs with the release [MX-2], [MX-9].
    if (!state_.compare_exchange_weak(old, wanted, acquire, relaxed)) continue;
    if ((old & (k_locked | k_starving)) == 0) return;  // {...} -> {locked, ...}
    bool queued_before = waiting_since != 0;
    if (!queued_before) waiting_since = detail::nanotime();
    waiters_.acquire(detail::wait_reason::mutex_lock, queued_before);
    starving = starving || detail::nanotime() - waiting_since > k_starvation_ns;
    old = state_.load(acquire);  // [MX-10] acquire; pairs with the release [MX-9].
    if ((old & k_starving) != 0) {
      // {starving, waiters n} -> {locked, waiters n-1}, and normal again if we are the last or
      // did not wait long.
      std::uint32_t change = k_locked - k_one_waiter;
      if (!starving || old / k_one_waiter == 1) change -= k_starving;
      state_.fetch_add(change);
      return;
    }
    woken = true;
    spins = 0;
  }
}

void mutex::unlock_slow() {
  using detail::relaxed;
  std::uint32_t old = state_.load(relaxed);  // [MX-11] relaxed: checked by the swap.
  for (;;) {
    if ((old & k_locked) == 0) detail::fatal("sync: unlock of unlocked mutex");
    std::uint32_t wanted = old & ~k_locked;
    bool wake = false;
    if ((old & k_starving) != 0) {
      wake = true;  // {locked, starving, n} -> {starving, n}: the first in line has it
    } else if (old >= k_one_waiter && (old & k_woken) == 0) {
      wanted = (wanted - k_one_waiter) | k_woken;  // {locked, n} -> {woken, n-1}
      wake = true;
    }
    // [MX-9] release; pairs with the acquire [MX-5], [MX-10].
    if (!state_.compare_exchange_weak(old, wanted, detail::release, relaxed)) continue;
    if (wake) waiters_.give_one((old & k_starving) != 0);
    return;
  }
}

}  // namespace weft::inline WEFT_WORLD
