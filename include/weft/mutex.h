// SPDX-License-Identifier: Apache-2.0
#pragma once
// mutex: mutual exclusion for goroutines and threads.  Floor 4.  Go: sync.Mutex.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/lock_order.h>
#include <weft/detail/sync/mutex_core.h>

#include <system_error>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

class context;

/// A lock that parks the goroutine, not the thread. BasicLockable and Lockable: use it with
/// std::scoped_lock and std::unique_lock. Not reentrant; may be unlocked by another goroutine than
/// the one that locked it.
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
#if WEFT_LOCK_ORDER
  ~mutex() { detail::lock_order::destroyed(this); }
#endif

  /// Blocks:   until the mutex is free.
  void lock() {
    detail::sched::point_when(detail::sched::op::lock, this, [this] { return core_.is_free(); });
    detail::lock_order::locking(this);
    core_.lock();
    detail::lock_order::locked(this);
    detail::hb::acquire(cell_);  // E9
  }

  /// lock(), unless ctx ends first.
  ///
  /// Returns:  empty if locked; else ctx.err().
  [[nodiscard]] std::error_code lock(const context& ctx);

  /// Returns:  false, at once, if the mutex is locked or starving.
  [[nodiscard]] bool try_lock() {
    if (!detail::sched::point_try(detail::sched::op::try_lock, this,
                                  [this] { return core_.is_free(); }))
      return false;
    if (!core_.try_lock()) {
      detail::sched::without_effect();
      return false;
    }
    detail::lock_order::locked(this);
    detail::hb::acquire(cell_);  // E11
    return true;
  }

  /// Errors/misuse: fatal "sync: unlock of unlocked mutex" if it is not locked.
  void unlock() {
    detail::sched::point(detail::sched::op::unlock, this);
    detail::lock_order::unlocked(this);
    detail::hb::release(cell_);  // E9
    core_.unlock();
  }

 private:
  detail::mutex_core core_;
  [[no_unique_address]] detail::hb::cell cell_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
