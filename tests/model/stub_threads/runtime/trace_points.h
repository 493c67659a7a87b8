// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_points: in place of src/runtime/trace_points.h: nobody watches.

#include "runtime/thread_party.h"

namespace weft::inline WEFT_WORLD {
namespace detail::trace {

inline void thread_parked(thread_party& /*t*/, wait_reason /*why*/) noexcept {}
inline void thread_resumed(thread_party& /*t*/) noexcept {}
inline void thread_woken(thread_party& /*t*/) noexcept {}

}  // namespace detail::trace
}  // namespace weft::inline WEFT_WORLD
