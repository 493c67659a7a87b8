// SPDX-License-Identifier: Apache-2.0
#pragma once
// lock_order: locks taken in two orders, and foreign locks held too long.             Floor 6.
//
// For builds with assertion level 3 (the preset `checked`); in others nothing is reported.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace debug {

/// One lock being asked for while another is held.
struct lock_step {
  std::uint64_t goroutine = 0;  // 0: a plain thread
  std::string name;             // the goroutine's
  std::string held;             // "0x7ffd10"
  std::string wanted;
  std::string held_at;  // the function, file and line that locked it
  std::string stack;    // of asking for the other one
};

/// Locks that were taken in orders which do not fit together: each step asks for the lock that the
/// next one holds. Had they come at the same time, all would wait for ever.
struct lock_inversion {
  std::vector<lock_step> ring;

  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, const lock_inversion& i);

/// A mutex of the C++ standard library, or a pthread mutex, that a goroutine holds while it parks.
/// Another goroutine on the same thread that asks for it blocks the thread, and the holder may come
/// back on another thread, which must not unlock it.
struct foreign_lock {
  std::uint64_t goroutine = 0;
  std::string name;     // the goroutine's
  std::string reason;   // why it parks, in Go's words
  std::string mutex;    // "0x7ffd10"
  std::string held_at;  // the function, file and line that locked it
  std::string stack;    // of the park

  [[nodiscard]] std::string text() const;
};

std::ostream& operator<<(std::ostream& out, const foreign_lock& l);

/// Has `handler` called, instead of a text on stderr, when two orders are found; once for each set
/// of locks, and again for a new handler, by the goroutine that asks for the last lock, before it
/// blocks. An empty one: stderr.
///
/// A lock that a try took has no place in the order, but may be held when another is asked for: so
/// std::scoped_lock is never reported. Orders that a further lock, held in all of them, keeps from
/// meeting are not reported; orders that only the program's structure keeps apart (one goroutine
/// starts when the other has ended) are. Of a goroutine that holds more than 64 locks, the latest
/// 64 are looked at; 65 536 pairs of locks are kept.
///
/// Callable from: goroutine | plain thread
/// Go:       none.
/// Example:  docs/guide/find-a-deadlock.md
void on_lock_inversion(std::function<void(const lock_inversion&)> handler);

/// Has `handler` called, instead of a text on stderr, when a goroutine parks with such a lock; once
/// for each place that locks, and again for a new handler. It must not park. An empty one: stderr.
///
/// Seen are pthread_mutex_lock, pthread_mutex_trylock and pthread_mutex_unlock, and what is made of
/// them: std::mutex, std::recursive_mutex, std::timed_mutex::lock. Not seen are timed locks, reader
/// and writer locks, spin locks, and libraries that were linked to bind these names themselves; and
/// nothing with a sanitizer.
///
/// Callable from: goroutine | plain thread
/// Go:       none.
void on_foreign_lock(std::function<void(const foreign_lock&)> handler);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
