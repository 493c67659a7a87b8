// SPDX-License-Identifier: Apache-2.0
#pragma once
// sleep_queue: parties asleep until given a permit; the slow half of mutex and wait_group. Floor 4.
//
// A counting semaphore whose users keep their own word for the fast path, as Go's semacquire and
// semrelease. The queue sits in the object itself, so that no table of addresses is needed.
//
// INV-1 permits_ > 0 means that nobody sleeps.
// INV-2 a releaser does not touch the queue after it has unlocked: whoever takes the permit may
//       destroy the object at once. That is what release_lock() allows.

#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/probes.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

class cancelable_wait;

/// How a cancelable sleep ended.
enum class slept : unsigned char { permit, handoff, canceled };

class sleep_queue {
 public:
  /// Takes a permit or sleeps until given one. `front`: ahead of the others, for one that has
  /// waited already. True if the permit came with the lock itself (see give_one).
  bool acquire(wait_reason why, bool front);

  /// The same, unless the context ends first: then no permit is taken. `wait` is subscribed.
  slept acquire_unless(wait_reason why, bool front, cancelable_wait& wait) noexcept;

  /// Wakes the longest sleeper or leaves a permit. `handoff`: the sleeper runs at once in the
  /// caller's place, and is told so. Returns: what to tell the mutex profile.
  contention give_one(bool handoff) noexcept;

  /// Gives n permits.
  void give_all(std::uint32_t n) noexcept;

 private:
  friend struct lock_view;

  lock lock_{lock_rank::wait_list};  // guards the rest
  std::uint32_t permits_ = 0;
  wait_queue sleepers_;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
