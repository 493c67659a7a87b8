// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_points: in place of src/runtime/trace_points.h: nobody watches.

#include <weft/detail/runtime/timers.h>

namespace weft::inline WEFT_WORLD {
namespace detail::trace {

inline void timer_fired(nanotime_t /*due*/) noexcept {}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
