// SPDX-License-Identifier: Apache-2.0
#pragma once
// debug: looking into a running process.                                              Floor 6.

#include <weft/debug/deadlocks.h>
#include <weft/debug/labels.h>
#include <weft/debug/leaks.h>
#include <weft/debug/lock_order.h>
#include <weft/debug/profiles.h>
#include <weft/debug/server.h>
#include <weft/debug/trace.h>
#include <weft/detail/base/config.h>

#include <iosfwd>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// Writes every goroutine with its state, how long it has been waiting, its stack with functions,
/// files and lines, and where it was created, in the text format of Go's dumps.
///
/// Blocks:   no; other goroutines go on computing, but none is switched to for the time.
/// Errors/misuse: what the stream throws.
/// Memory:   no edge.
/// Callable from: goroutine | plain thread
/// Cost:     about 100 us a goroutine, most of it for looking up lines.
/// Go:       runtime.Stack(buf, true); pprof.Lookup("goroutine").WriteTo(w, 2).
void dump_goroutines(std::ostream& out);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
