// SPDX-License-Identifier: Apache-2.0
#pragma once
// deadlocks: cycles of locks among some goroutines while others run.                  Floor 6.

#include <weft/debug/leaks.h>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// Goroutines, and threads, that wait for each other's locks in a ring: each for a lock that the
/// next one holds, the last for one that the first holds. None of them will ever go on.
struct deadlock {
  /// Of a plain thread `id` is 0, `name` is "thread" and its number, and there is no stack.
  std::vector<blocked_goroutine> ring;
  /// Goroutines outside of the ring that wait for its locks, and those that wait for theirs.
  std::vector<blocked_goroutine> behind;

  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, const deadlock& d);

/// Looks for rings of mutexes and shared_mutexes now. Of each mutex, and of a shared_mutex held for
/// writing, it is known at any time who locked it last; readers are not known: a ring through a
/// lock_shared() that is held is not found.
///
/// Who locked is taken for who holds: of a lock that one goroutine takes and another is to give up,
/// the first.
///
/// Blocks:   for 60 ms if something like a ring is seen, to look twice; goroutines are not switched
///           to while it looks.
/// Returns:  each ring once.
/// Errors:   std::bad_alloc.
/// Memory:   no edge.
/// Callable from: goroutine | plain thread
/// Go:       none; a deadlock of some goroutines shows in a dump only.
/// Example:  docs/guide/find-a-deadlock.md
std::vector<deadlock> find_deadlocks();

/// Calls find_deadlocks() again and again until it is destroyed.
class deadlock_watch {
 public:
  deadlock_watch(deadlock_watch&& other) noexcept;
  deadlock_watch& operator=(deadlock_watch&& other) noexcept;
  /// Blocks:   while a look is under way.
  ~deadlock_watch();

 private:
  friend deadlock_watch watch_deadlocks(std::chrono::nanoseconds interval,
                                        std::function<void(const deadlock&)> handler);
  struct state;
  explicit deadlock_watch(std::unique_ptr<state> s) noexcept;
  std::unique_ptr<state> state_;
};

/// Looks at this interval, on a thread of its own, and calls `handler` once for each deadlock, on
/// that thread. Without a handler it is printed to stderr. The watch counts for nobody who could
/// wake a goroutine: that all are asleep is reported as ever.
///
/// Errors:   std::bad_alloc, std::system_error.
/// Cancel/exceptions: one that escapes the handler ends the process.
/// Callable from: goroutine | plain thread
/// Cost:     a look takes about 1 us for each goroutine.
[[nodiscard]] deadlock_watch watch_deadlocks(std::chrono::nanoseconds interval,
                                             std::function<void(const deadlock&)> handler = {});

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
