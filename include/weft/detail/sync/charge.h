// SPDX-License-Identifier: Apache-2.0
#pragma once
// charge: what the mutex profile is told of those who wait for a lock.                Floor 4.
//
// Each waiter's time is charged once: an unlock is charged with what passed since the last unlock
// that was, or since the waiter queued. While nobody watches, `since` is 0.

#include <weft/detail/runtime/probes.h>
#include <weft/detail/runtime/timers.h>
#include <weft/detail/runtime/wait_queue.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// For waiter::since, when it queues.
inline std::int64_t waiting_since() noexcept {
  return probed(probe::mutex_profile) ? nanotime() : 0;
}

/// What `w` has waited since it was last charged. Holds: the queue's lock.
inline std::int64_t charge_one(waiter& w, std::int64_t now) noexcept {
  if (w.since == 0 || w.since >= now) return 0;
  std::int64_t waited = now - w.since;
  w.since = now;
  return waited;
}

/// The same for all in the queue; of a very long one only for the first, for others spin on its
/// lock: the rest is charged to later unlocks. Holds: the queue's lock.
inline std::int64_t charge_all(wait_queue& queue) noexcept {
  constexpr int k_most = 1000;
  waiter* w = queue.front();
  if (w == nullptr) return 0;
  std::int64_t now = nanotime();
  std::int64_t sum = 0;
  for (int n = 0; w != nullptr && n < k_most; w = w->next, ++n) sum += charge_one(*w, now);
  return sum;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
