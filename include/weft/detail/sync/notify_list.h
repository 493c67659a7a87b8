// SPDX-License-Identifier: Apache-2.0
#pragma once
// notify_list: who waits on a condition variable, in order of arrival.                Floor 4.
//
// A waiter joins before it lets go of the lock that guards the condition, and parks after that;
// it may be notified in between. Whoever notifies it, or ends its wait otherwise, says so in its
// `stage`, and wakes it only if it has parked already.
//
// INV-1 a waiter that has joined and is no longer on the list has been, or is about to be,
// notified. INV-2 nobody but the waiters on the list touches it after their notification: it may be
//       destroyed as soon as every waiter has been notified.

#include <weft/detail/contract/hb.h>
#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/park.h>
#include <weft/detail/sync/cancellation.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// One wait. Lives on the waiting party's stack.
struct notify_waiter : waiter {
  static constexpr std::uint32_t k_joined = 0;
  static constexpr std::uint32_t k_parked = 1;
  static constexpr std::uint32_t k_notified = 2;
  shared_word<std::uint32_t> stage{k_joined};
  cancelable_wait* cancelable = nullptr;  // if a context may end the wait: it has the stage then
};

class notify_list {
 public:
  /// The caller is next in line from here on.
  void join(notify_waiter& w) noexcept;
  /// After join(): blocks until notified.
  void wait(notify_waiter& w) noexcept;
  /// The same; false if the context of w.cancelable ended first. A notification that comes at the
  /// same time is for another waiter then.
  [[nodiscard]] bool wait_unless(notify_waiter& w) noexcept;
  /// After join(), instead of wait(): as if it had never joined.
  void leave(notify_waiter& w) noexcept;

  /// Wakes the one that joined first. False if nobody waits.
  bool notify_one() noexcept;
  /// Wakes all that have joined. False if nobody waits.
  bool notify_all() noexcept;

 private:
  lock lock_{lock_rank::wait_list};  // guards waiting_
  wait_queue waiting_;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
