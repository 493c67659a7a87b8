// SPDX-License-Identifier: Apache-2.0
#pragma once
// leaks: goroutines that are blocked where nobody can ever wake them.                 Floor 6.

#include <weft/detail/base/config.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// A goroutine in a report.
struct blocked_goroutine {
  std::uint64_t id = 0;
  std::string name;                     // from go_options
  std::string reason;                   // Go's words: "chan send"
  std::string object;                   // what it waits for: "chan 0x55d0c0 (0 of 0, 1 handle)"
  std::string stack;                    // functions, files and lines, as in a dump
  std::string created_by;               // the same of the place of its go()
  std::chrono::nanoseconds waiting{0};  // for how long, to about 10 ms
};

/// What find_leaks() and leak_guard found. Printing it gives a dump of these goroutines, the
/// certain ones first.
struct leak_report {
  /// Nobody can wake these.
  std::vector<blocked_goroutine> certain;
  /// It looks as if nobody could, but part of the process could not be looked at.
  std::vector<blocked_goroutine> suspected;
  /// All of the process could be looked at. If not, only what waits for nothing at all is certain.
  bool complete = false;

  [[nodiscard]] bool empty() const noexcept { return certain.empty() && suspected.empty(); }
  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, const leak_report& r);

/// Looks for goroutines that are blocked for ever.
///
/// Certain is an operation on nil channels only and a select without cases; and a goroutine that
/// waits on channels, or on a primitive on the stack of a goroutine that is certain too or in the
/// heap, if no chain of words of the process leads there: none that begins in globals and
/// thread-local variables, on the stacks of all that still can run, in a register, in what epoll
/// keeps for its user, and goes on through blocks of the heap. All threads are stopped for that, so
/// that none moves a handle meanwhile. It is wrong only about a handle, or a pointer to what holds
/// one, that exists in changed form (scrambled, relative, at an address that is not a multiple of
/// eight) or outside of the process alone (in a pipe).
///
/// Suspected is the same if not all of the process could be looked at.
///
/// A goroutine that sleeps, that waits for a timer or in blocking(), or whose channel is in a
/// global variable is never reported.
///
/// Blocks:   every thread, for as long as reading all memory of the process takes: about 0.5 s a
///           gigabyte. System calls that do not restart return EINTR.
/// Returns:  what was found; the goroutines stay as they are.
/// Errors:   std::bad_alloc. If threads cannot be stopped or memory cannot be read, `complete` is
///           false.
/// Memory:   no edge.
/// Callable from: goroutine | plain thread; one call at a time, others wait.
/// Go:       pprof.Lookup("goroutineleak").
/// Example:  docs/guide/find-a-leak.md
leak_report find_leaks();

/// Watches a scope, as a test: the goroutines that were started since and are blocked at its end
/// have leaked. One that is about to end, or runs, is waited for.
///
/// Blocks:   at the end of the scope, only if goroutines are left: until they have ended, or all
///           that are left have been blocked for a while, which is longer the longer others still
///           make progress; `patience` at most.
/// Misuse:   goroutines that others start at the same time are taken for this scope's.
/// Callable from: goroutine | plain thread
/// Go:       go.uber.org/goleak.
/// Example:  docs/guide/find-a-leak.md
class leak_guard {
 public:
  using handler = std::function<void(const leak_report&)>;

  /// `on_leak` is called at the end if there is a leak; without one the report is printed and the
  /// process ends with status 2.
  explicit leak_guard(handler on_leak = {},
                      std::chrono::nanoseconds patience = std::chrono::seconds(10));
  leak_guard(const leak_guard&) = delete;
  leak_guard& operator=(const leak_guard&) = delete;
  ~leak_guard();

  /// Goroutines of this name are none of this scope's.
  void ignore(std::string_view name);
  /// What the end of the scope would report now; then the end says nothing more. All that is left
  /// blocked is in `certain` or, if something can still wake it, in `suspected`.
  leak_report check();

 private:
  [[nodiscard]] bool is_ours(std::uint64_t id, const char* name) const;

  handler on_leak_;
  std::chrono::nanoseconds patience_;
  std::vector<std::uint64_t> before_;  // in order
  std::vector<std::string> ignored_;
  bool checked_ = false;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
