// SPDX-License-Identifier: Apache-2.0
#pragma once
// leak_search: find_leaks() for whoever asks, guards and endpoints.                   Floor 6.

#include <weft/debug/leaks.h>

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Where the caller's stack begins to count, to be taken by the function that the user called: what
/// is above, and the registers that outlive calls, which this puts right below its frame's address.
#if defined(__x86_64__)
#define WEFT_CALLERS_STACK() \
  (__builtin_unwind_init(), static_cast<const char*>(__builtin_frame_address(0)) - 64)
#else
#define WEFT_CALLERS_STACK() \
  (__builtin_unwind_init(), static_cast<const char*>(__builtin_frame_address(0)))
#endif

/// Calls f for each leak among the goroutines that are `wanted`, which are frozen meanwhile. False
/// if not all of the process could be looked at.
bool visit_leaks(const std::function<bool(const detail::goroutine&)>& wanted, const void* frame,
                 const std::function<void(detail::goroutine&, bool certain)>& f);

/// The same in words.
leak_report search_leaks(const std::function<bool(const detail::goroutine&)>& wanted,
                         const void* frame);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
