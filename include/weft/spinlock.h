// SPDX-License-Identifier: Apache-2.0
#pragma once
// spinlock: mutual exclusion for a handful of instructions.  Floor 4.

#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// A lock whose waiters stay runnable: after a short spin they yield to the scheduler, so that the
/// holder gets to run even on one processor. For sections of some tens of instructions that never
/// block; for everything else use mutex. Lockable: std::scoped_lock works. Not fair, not reentrant;
/// waiters do not show up in deadlock reports, and time out of nothing.
///
/// Memory:   the n-th unlock() synchronizes before the return of every later lock(), and of every
///           later try_lock() that gives true. A failed try_lock() has no edge.
/// Lifetime: may be destroyed by whoever locked it last, at once after unlocking.
/// Callable from: goroutine | plain thread (yields the thread)
/// Cost:     one exchange to lock, one store to unlock; one byte.
class spinlock {
 public:
  constexpr spinlock() noexcept = default;
  spinlock(const spinlock&) = delete;
  spinlock& operator=(const spinlock&) = delete;

  /// Blocks:   the goroutine stays runnable until the lock is free.
  void lock() noexcept {
    detail::sched::point_when(detail::sched::op::lock, this, [this] { return !locked_.load(); });
    // [SL-1] acquire; pairs with the release [SL-2].
    if (WEFT_UNLIKELY(locked_.exchange(true, detail::acquire))) lock_slow();
    detail::hb::acquire(cell_);  // E9
  }

  /// Returns:  false, at once, if it is locked.
  [[nodiscard]] bool try_lock() noexcept {
    if (!detail::sched::point_try(detail::sched::op::try_lock, this,
                                  [this] { return !locked_.load(); }))
      return false;
    // [SL-3] acquire; pairs with the release [SL-2].
    if (locked_.load(detail::relaxed) || locked_.exchange(true, detail::acquire)) {
      detail::sched::without_effect();
      return false;
    }
    detail::hb::acquire(cell_);  // E11
    return true;
  }

  /// Errors/misuse: fatal "sync: unlock of unlocked mutex" if it is not locked.
  void unlock() noexcept {
    detail::sched::point(detail::sched::op::unlock, this);
    if (WEFT_UNLIKELY(!locked_.load(detail::relaxed))) not_locked();  // [SL-4] relaxed: own.
    detail::hb::release(cell_);                                       // E9
    // [SL-2] release; pairs with the acquire [SL-1], [SL-3], [SL-5].
    locked_.store(false, detail::release);
  }

 private:
  void lock_slow() noexcept;
  [[noreturn]] WEFT_COLD static void not_locked() noexcept;

  detail::shared_word<bool> locked_{false};
  [[no_unique_address]] detail::hb::cell cell_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
