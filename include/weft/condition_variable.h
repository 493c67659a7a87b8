// SPDX-License-Identifier: Apache-2.0
#pragma once
// condition_variable: wait until another goroutine says that things changed.  Floor 4.
// Go: sync.Cond.

#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/notify_list.h>

#include <concepts>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// Waiters are woken in the order in which they came, and only by a notification: no wait returns
/// of itself. Whether the condition holds then is another matter: check it again, or give wait()
/// the predicate.
///
/// The lock is any that has lock() and unlock(), held on entry and on return:
/// std::unique_lock<weft::mutex>, std::unique_lock or std::shared_lock of weft::shared_mutex (then
/// several may begin to wait at once). A lock that blocks threads, as std::mutex does, works and
/// blocks threads.
///
/// Memory:   a notification synchronizes before the return of the wait that it wakes (E15), also
///           when it is given without the lock. One that finds nobody waiting has no edge.
/// Lifetime: may be destroyed as soon as every waiter has been notified; they need not have
///           returned. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     a short critical section to wait and to notify; one load if nobody waits; 24 bytes;
///           no allocation.
/// Go:       sync.Cond, whose L is given to each wait here.
class condition_variable {
 public:
  constexpr condition_variable() noexcept = default;
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;

  /// Lets go of the lock, waits to be notified, takes the lock again. A notification that comes
  /// after the unlock is not missed.
  ///
  /// Blocks:   until notified, then until the lock is free.
  /// Cancel/exceptions: what lock.unlock() throws (std::system_error, if it is not held) comes out,
  ///           and nothing has happened.
  template <class Lock>
  void wait(Lock& lock) {
    detail::sched::point(detail::sched::op::condition_wait, this);
    detail::notify_waiter w;
    waiting_.join(w);
    try {
      lock.unlock();
    } catch (...) {
      waiting_.leave(w);
      throw;
    }
    waiting_.wait(w);
    lock.lock();
  }

  /// Waits until pred() is true, which is only ever called with the lock held.
  ///
  /// Blocks:   not at all if pred() is true at once.
  template <class Lock, std::predicate Pred>
  void wait(Lock& lock, Pred pred) {
    while (!pred()) wait(lock);
  }

  /// wait(lock), unless ctx ends first. The lock is held on return either way.
  ///
  /// Returns:  empty if notified; else ctx.err(). A notification that comes as the context ends
  ///           wakes another waiter, if there is one.
  template <class Lock>
  std::error_code wait(Lock& lock, const context& ctx) {
    detail::cancel_signal* signal = detail::signal_of(ctx);
    if (signal == nullptr) {
      wait(lock);
      return {};
    }
    detail::sched::point(detail::sched::op::condition_wait, this);
    if (std::error_code e = signal->ended()) return e;
    detail::cancelable_wait cancelable(*signal);
    if (std::error_code e = cancelable.subscribe()) return e;
    detail::notify_waiter w;
    w.cancelable = &cancelable;
    waiting_.join(w);
    try {
      lock.unlock();
    } catch (...) {
      waiting_.leave(w);
      throw;
    }
    bool notified = waiting_.wait_unless(w);
    lock.lock();
    return notified ? std::error_code() : signal->ended();
  }

  /// wait(lock, pred), unless ctx ends first.
  ///
  /// Returns:  empty if pred() is true; else ctx.err().
  template <class Lock, std::predicate Pred>
  std::error_code wait(Lock& lock, Pred pred, const context& ctx) {
    while (!pred())
      if (std::error_code e = wait(lock, ctx)) return e;
    return {};
  }

  /// Wakes the one that has waited longest, if anybody waits. With or without the lock.
  ///
  /// Blocks:   never.
  /// Go:       Cond.Signal.
  void notify_one() noexcept {
    detail::sched::point(detail::sched::op::condition_notify, this);
    if (!waiting_.notify_one()) detail::sched::without_effect();
  }

  /// Wakes all who wait now; who comes later is not among them. With or without the lock.
  ///
  /// Blocks:   never.
  /// Go:       Cond.Broadcast.
  void notify_all() noexcept {
    detail::sched::point(detail::sched::op::condition_notify, this);
    if (!waiting_.notify_all()) detail::sched::without_effect();
  }

 private:
  detail::notify_list waiting_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
