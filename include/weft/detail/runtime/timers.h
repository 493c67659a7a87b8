// SPDX-License-Identifier: Apache-2.0
#pragma once
// timers: what the primitives may ask of the clock.                                   Floor 3.

#include <weft/detail/base/atomic.h>

#include <cstdint>
#include <limits>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Nanoseconds on std::chrono::steady_clock.
using nanotime_t = std::int64_t;
inline constexpr nanotime_t k_never = std::numeric_limits<nanotime_t>::max();

nanotime_t nanotime() noexcept;

/// Timers need a running runtime. Throws std::system_error, std::bad_alloc.
void ensure_runtime();

class timer_heap;

/// A deadline in the heap of some processor; embedded in whatever waits for it.
struct timer_node {
  /// Runs on a scheduler stack: must neither park nor throw, and may arm the node again.
  using fire_fn = void (*)(timer_node& node, nanotime_t now) noexcept;

  nanotime_t when = k_never;               // guarded by the heap's lock while armed
  fire_fn fire = nullptr;                  // immutable
  shared_word<timer_heap*> heap{nullptr};  // null: not armed; written under the heap's lock
  std::uint32_t index = 0;                 // place in the heap; guarded by the heap's lock
};

/// Puts an unarmed node into a heap. Wakes the sleeping timekeeper if this is now the earliest.
/// False, and nothing done, if the heap cannot grow for want of memory.
[[nodiscard]] bool arm_timer(timer_node& node, nanotime_t when) noexcept;

/// Takes the node out. False if it was not armed or is just about to fire (its fire() has been
/// or will be called). O(log n).
bool disarm_timer(timer_node& node) noexcept;

/// Parks the calling party until `when`. Throws std::bad_alloc if it could not be queued.
void sleep_until_nanotime(nanotime_t when);

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
