// SPDX-License-Identifier: Apache-2.0
#pragma once
// profiles: where goroutines are, block, and hold others up.             Floor 6.  Go:
// runtime/pprof.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// From now on records one of n unlocks that others had waited for; 0, as at first: none. An unlock
/// counts n times, with n times the time that the others waited since the one before.
///
/// Returns:  the previous n. A negative n only asks.
/// Callable from: goroutine | plain thread
/// Cost:     n = 1: each contended unlock some microseconds. Above: a few nanoseconds each; where
///           contention is so frequent that recording one of n would take over about a hundredth of
///           the time, fewer are recorded and count for more.
/// Go:       runtime.SetMutexProfileFraction. Go charges an estimate if more than two wait.
int set_mutex_profile_fraction(int n);

/// From now on records where goroutines and threads block: one event for every `ns` nanoseconds
/// blocked, in the mean; 1 records every event, 0 and less, as at first: none.
///
/// Callable from: goroutine | plain thread
/// Cost:     ns < 1000: every wait reads the clock twice, a recorded one takes some microseconds.
///           Above: a few nanoseconds for each switch; where waits are so frequent that this rate
///           would take over about a hundredth of the time, fewer are recorded and count for more.
/// Go:       runtime.SetBlockProfileRate. Events are those of Go: not sleeping, and not what still
///           blocks.
void set_block_profile_rate(std::int64_t ns);

/// Names for write_profile(): "block", "goroutine", "mutex", "threadcreate", ...
std::vector<std::string> profile_kinds();

enum class profile_format : unsigned char {
  proto,  // for `go tool pprof`: profile.proto, gzip-ed
  text,   // for people: what Go prints with debug=1
};

/// Writes a profile, for `go tool pprof FILE`; functions and lines are in it, so that pprof needs
/// no binary.
///
/// Blocks:   no; for "goroutine" no goroutine is switched to while the stacks are read, and the
///           threads of those that run are sent SIGPROF, and asked for theirs for at most 50 ms.
/// Errors/misuse: std::invalid_argument if there is no such kind; std::system_error if the file
///           cannot be written; std::runtime_error if weft was built without (WEFT_DEBUG_SERVER).
/// Memory:   no edge.
/// Callable from: goroutine | plain thread
/// Cost:     milliseconds; the first time in a process, debug information is read.
/// Go:       pprof.Lookup(kind).WriteTo(w, 0).
void write_profile(std::string_view kind, const std::string& path);
void write_profile(std::string_view kind, std::ostream& out,
                   profile_format format = profile_format::proto);

/// Starts recording where threads spend their CPU time, with the labels of the goroutines they run,
/// 100 times for each second of it.
///
/// Errors/misuse: std::system_error if a CPU profile is being recorded already, if the program has
///           a SIGPROF handler of its own, or if the file cannot be written.
/// Callable from: goroutine | plain thread
/// Cost:     some microseconds for each sample. System calls go on after the signal where Linux
///           restarts them, and else fail with EINTR.
/// Go:       pprof.StartCPUProfile.
void start_cpu_profile(const std::string& path);

/// Ends what start_cpu_profile() has begun, and writes the file. Without one it does nothing.
///
/// Errors/misuse: std::system_error if the file cannot be written.
/// Go:       pprof.StopCPUProfile.
void stop_cpu_profile();

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
