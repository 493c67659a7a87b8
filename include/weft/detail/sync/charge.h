// SPDX-License-Identifier: Apache-2.0
#pragma once
// charge: what the mutex profile is told of those who wait for a lock.                Floor 4.
//
// The time for which others wait is cut into stretches: one begins when the first of them queues,
// and ends with the unlock that lets one in, where the next begins if any are left. Whether a
// stretch is watched is decided when it begins, so that the others cost nothing but that. Each
// waiter's time is charged once, to the unlock that ends the stretch.
//
// INV-1 all in a queue have the weight of the present stretch, but for those beyond k_most.

#include <weft/detail/runtime/probes.h>
#include <weft/detail/runtime/timers.h>
#include <weft/detail/runtime/wait_queue.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// For a waiter that is about to be put into the queue. Holds: the queue's lock.
inline void begin_wait(waiter& w, const wait_queue& queue) noexcept {
  w.weight = 0;
  if (!probed(probe::mutex_profile)) return;
  const waiter* first = queue.front();
  w.weight = first != nullptr ? first->weight : sample_contention();
  if (w.weight != 0) w.since = nanotime();
}

/// Ends the stretch for `let_in`, which has been taken off the queue, and for all that are left in
/// it. Of very many only for the first, for others spin on the queue's lock: what the rest has
/// waited is charged to later unlocks. Holds: the queue's lock.
inline contention end_stretch(const waiter& let_in, const wait_queue& queue) noexcept {
  contention c;
  if (!probed(probe::mutex_profile)) return c;
  std::uint32_t next = queue.empty() ? 0 : sample_contention();
  c.weight = let_in.weight;
  if (c.weight == 0 && next == 0) return c;
  std::int64_t now = nanotime();
  if (c.weight != 0) c.waited_ns = now - let_in.since;
  constexpr int k_most = 1000;
  int n = 0;
  for (waiter* w = queue.front(); w != nullptr && n < k_most; w = w->next, ++n) {
    if (c.weight != 0 && w->weight != 0) c.waited_ns += now - w->since;
    w->weight = next;
    w->since = now;
  }
  return c;
}

/// The same for a queue that is let in whole: for each of them in turn. Holds: the queue's lock.
inline void add_wait(contention& c, const waiter& let_in) noexcept {
  if (let_in.weight == 0) return;
  c.weight = let_in.weight;
  c.waited_ns += nanotime() - let_in.since;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
