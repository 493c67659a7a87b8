// SPDX-License-Identifier: Apache-2.0
// mutex_core.cc: contended lock and unlock.                                           Floor 4.
//
// Source: Go's internal/sync/mutex.go: barging with a wake-up hint, and starvation mode.
//
// INV-1 starving implies at least one waiter.
// INV-2 unlock decides everything in one compare-and-swap, and books a permit with it; for each
//       permit booked a waiter is left to take it, so that the mutex still exists when it is given.
//       In normal mode the count holds the waiters without a permit. In starvation mode one permit
//       is booked, and its taker still counted, while the mutex is not locked.

#include <weft/detail/sync/mutex_core.h>

#include <weft/detail/runtime/probes.h>
#include <weft/detail/runtime/timers.h>
#include <weft/detail/sync/cancellation.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::int64_t k_starvation_ns = 1'000'000;
constexpr int k_spins = 4;
constexpr int k_pauses = 30;

}  // namespace

std::error_code mutex_core::lock_slow(cancel_signal* signal) {
  std::int64_t waiting_since = 0;
  bool starving = false;
  bool woken = false;
  bool canceled = false;
  int spins = 0;
  note_contention();
  std::uint32_t old = state_.load(relaxed);  // [MX-6] relaxed: checked by the swaps below.
  for (;;) {
    if (canceled && (old & (k_locked | k_starving)) != 0) {
      // Awake, but not to wait again: whoever holds the lock now wakes the next.
      // [MX-12] relaxed: gives up a hint.
      if (!state_.compare_exchange_weak(old, old & ~k_woken, relaxed, relaxed)) continue;
      return signal->ended();
    }
    if ((old & (k_locked | k_starving)) == k_locked && spins < k_spins && may_spin()) {
      // Tell unlock that somebody is awake, so that it wakes nobody else.
      if (!woken && (old & k_woken) == 0 && old >= k_one_waiter) {
        // [MX-7] relaxed: a hint in the word.
        woken = state_.compare_exchange_strong(old, old | k_woken, relaxed, relaxed);
      }
      for (int i = 0; i < k_pauses; ++i) cpu_relax();
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
    if ((old & (k_locked | k_starving)) == 0) return {};  // {...} -> {locked, ...}
    bool queued_before = waiting_since != 0;
    if (!queued_before) waiting_since = nanotime();
    if (signal == nullptr) {
      waiters_.acquire(wait_reason::mutex_lock, queued_before);
    } else if (!sleep_unless(*signal, queued_before)) {
      if (leave_line()) return signal->ended();
      canceled = true;  // but a permit is booked for this call: take it, and use it or pass it on
      waiters_.acquire(wait_reason::mutex_lock, true);
    }
    starving = starving || nanotime() - waiting_since > k_starvation_ns;
    old = state_.load(acquire);  // [MX-10] acquire; pairs with the release [MX-9].
    if ((old & k_starving) != 0) {
      // {starving, waiters n} -> {locked, waiters n-1}, and normal again if we are the last or
      // did not wait long.
      std::uint32_t change = k_locked - k_one_waiter;
      if (!starving || old / k_one_waiter == 1) change -= k_starving;
      state_.fetch_add(change);
      return {};
    }
    woken = true;
    spins = 0;
  }
}

bool mutex_core::sleep_unless(cancel_signal& signal, bool front) {
  cancelable_wait wait(signal);
  if (wait.subscribe()) return false;
  return waiters_.acquire_unless(wait_reason::mutex_lock, front, wait) != slept::canceled;
}

// Takes one waiter off the count, unless the permits that are booked are as many as the waiters.
bool mutex_core::leave_line() {
  std::uint32_t old = state_.load();
  for (;;) {
    std::uint32_t booked = (old & (k_locked | k_starving)) == k_starving ? 1 : 0;
    if (old / k_one_waiter <= booked) return false;
    std::uint32_t wanted = old - k_one_waiter;
    if (wanted < k_one_waiter) wanted &= ~k_starving;
    if (state_.compare_exchange_weak(old, wanted)) return true;
  }
}

void mutex_core::unlock_slow() {
  std::uint32_t old = state_.load(relaxed);  // [MX-11] relaxed: checked by the swap.
  for (;;) {
    if ((old & k_locked) == 0) fatal("sync: unlock of unlocked mutex");
    std::uint32_t wanted = old & ~k_locked;
    bool wake = false;
    if ((old & k_starving) != 0) {
      wake = true;  // {locked, starving, n} -> {starving, n}: the first in line has it
    } else if (old >= k_one_waiter && (old & k_woken) == 0) {
      wanted = (wanted - k_one_waiter) | k_woken;  // {locked, n} -> {woken, n-1}
      wake = true;
    }
    // [MX-9] release; pairs with the acquire [MX-5], [MX-10], [MX-13].
    if (!state_.compare_exchange_weak(old, wanted, release, relaxed)) continue;
    if (!wake) return;
    contention c = waiters_.give_one((old & k_starving) != 0);
    // From here on the mutex need not exist.
    if (WEFT_UNLIKELY(c.weight != 0)) note_unlock(c);
    return;
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
