// SPDX-License-Identifier: Apache-2.0
#pragma once
// mutex: mutual exclusion for goroutines and threads.  Floor 4.  Go: sync.Mutex.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/sleep_queue.h>

#include <system_error>

namespace weft::inline WEFT_WORLD {

class context;
namespace detail {
class cancel_signal;
}

/// A lock that parks the goroutine, not the thread. BasicLockable and Lockable: use it with
/// std::scoped_lock and std::unique_lock. Not reentrant; may be unlocked by another goroutine than
/// the one that locked it.
///
/// state_: bit 0 locked, bit 1 woken, bit 2 starving, bits 3.. number of waiters.
///
/// | state               | lock()                    | unlock()                               |
/// |---------------------|---------------------------|----------------------------------------|
/// | {}                  | {locked}                  | fatal "sync: unlock of unlocked mutex" |
/// | {locked}            | spins, then sleeps        | {}                                     |
/// | {locked, waiters n} | queues at the end         | wakes one, which competes: {woken, n-1}|
/// | {starving, ...}     | queues at the end         | hands the lock to the first in line    |
///
/// Normal mode is fast: a woken waiter competes with arrivals, and goes back to the front if it
/// loses. One that has waited for more than 1 ms turns the mutex to starvation mode, in which
/// unlock hands over in order of arrival, until the queue is short or the waits are.
///
/// Memory:   the n-th unlock() synchronizes before the return of every later lock(), and of every
///           later try_lock() that gives true. A failed try_lock() has no edge.
/// Lifetime: may be destroyed by whoever locked it last, at once after unlocking.
/// Callable from: goroutine | plain thread
/// Cost:     one compare-and-swap each if uncontended; 32 bytes; no allocation.
/// Go:       sync.Mutex.
class mutex {
 public:
  constexpr mutex() noexcept = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  /// Blocks:   until the mutex is free.
  void lock() {
    detail::sched::point(detail::sched::op::lock, this);
    std::uint32_t free = 0;
    // [MX-1] acquire; pairs with the release [MX-2].
    if (WEFT_UNLIKELY(
            !state_.compare_exchange_strong(free, k_locked, detail::acquire, detail::relaxed)))
      static_cast<void>(lock_slow(nullptr));
    detail::hb::acquire(cell_);
  }

  /// lock(), unless ctx ends first.
  ///
  /// Returns:  empty if locked; else ctx.err().
  [[nodiscard]] std::error_code lock(const context& ctx);

  /// Returns:  false, at once, if the mutex is locked or starving.
  [[nodiscard]] bool try_lock() {
    detail::sched::point(detail::sched::op::try_lock, this);
    // [MX-3] relaxed: checked by the compare-and-swap.
    std::uint32_t old = state_.load(detail::relaxed);
    if ((old & (k_locked | k_starving)) != 0) return false;
    // [MX-4] acquire; pairs with the release [MX-2].
    if (!state_.compare_exchange_strong(old, old | k_locked, detail::acquire, detail::relaxed))
      return false;
    detail::hb::acquire(cell_);
    return true;
  }

  /// Errors/misuse: fatal "sync: unlock of unlocked mutex" if it is not locked.
  void unlock() {
    detail::sched::point(detail::sched::op::unlock, this);
    detail::hb::release(cell_);
    std::uint32_t held = k_locked;
    // [MX-2] release; pairs with the acquire [MX-1], [MX-4], [MX-5], [MX-13].
    if (WEFT_UNLIKELY(!state_.compare_exchange_strong(held, 0, detail::release, detail::relaxed)))
      unlock_slow();
  }

 private:
  static constexpr std::uint32_t k_locked = 1;
  static constexpr std::uint32_t k_woken = 2;
  static constexpr std::uint32_t k_starving = 4;
  static constexpr std::uint32_t k_one_waiter = 8;

  std::error_code lock_slow(detail::cancel_signal* signal);
  void unlock_slow();
  bool sleep_unless(detail::cancel_signal& signal, bool front);
  bool leave_line();

  detail::shared_word<std::uint32_t> state_{0};
  detail::sleep_queue waiters_;
  [[no_unique_address]] detail::hb::cell cell_;
};

}  // namespace weft::inline WEFT_WORLD
