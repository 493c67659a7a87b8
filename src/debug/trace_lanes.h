// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_lanes: from records of the runtime to the lanes of a Perfetto trace.          Floor 6.
//
//   process
//     processors    one lane each: which goroutine it ran, steals, timers, stuck stretches
//     goroutines    one lane each: running, runnable, or the reason it waits; arrows from whoever
//                   woke or created it; a lane below for the program's regions and messages
//     tasks         one lane each
//     threads       of the program, and of the runtime where something happened outside of
//     goroutines

#include <weft/debug/trace.h>

#include "debug/trace_merge.h"

#include <iosfwd>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Goroutines that get a lane of their own, at most: those with the most to show. The lanes of the
/// processors show all.
inline constexpr std::size_t k_max_goroutine_lanes = 5000;

/// Writes what was recorded. Throws what the stream throws.
trace_summary write_trace(const recording& r, std::ostream& out);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
