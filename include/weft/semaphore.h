// SPDX-License-Identifier: Apache-2.0
#pragma once
// semaphore: so many of something, shared out in order of arrival.  Floor 4.
// Go: golang.org/x/sync/semaphore.

#include <weft/detail/contract/hb.h>
#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/park.h>
#include <weft/panic.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

class context;

/// A weighted semaphore. Strictly first come, first served: one that asks for much is not overtaken
/// by others that ask for little, so that it cannot starve.
///
/// | state          | acquire(n)                             | release(n)                    |
/// |----------------|----------------------------------------|-------------------------------|
/// | n free, no line| takes n                                | gives n, serves the line      |
/// | else           | gets in line                           | the same                      |
/// | n > size       | blocks, out of line, until ctx ends    | panic: more than is held      |
///
/// Memory:   each release() synchronizes before the return of every later acquire(), and of every
///           later try_acquire() that gives true. One that fails has no edge.
/// Lifetime: may be destroyed once every call on it has returned. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     a short critical section each; no allocation.
/// Go:       semaphore.Weighted.
class semaphore {
 public:
  /// Errors/misuse: panic "semaphore: negative weight" if n < 0.
  explicit semaphore(std::int64_t n) : size_(check(n)) {}
  semaphore(const semaphore&) = delete;
  semaphore& operator=(const semaphore&) = delete;

  /// Blocks:   until n are free and nobody who came before waits.
  /// Errors/misuse: panic "semaphore: negative weight".
  void acquire(std::int64_t n = 1);

  /// acquire(n), unless ctx ends first.
  ///
  /// Returns:  empty if acquired; else ctx.err().
  [[nodiscard]] std::error_code acquire(std::int64_t n, const context& ctx);
  /// One, unless ctx ends first.
  [[nodiscard]] std::error_code acquire(const context& ctx) { return acquire(1, ctx); }

  /// Returns:  false, at once, where acquire(n) would block.
  [[nodiscard]] bool try_acquire(std::int64_t n = 1);

  /// Errors/misuse: panic "semaphore: released more than held"; panic "semaphore: negative weight".
  void release(std::int64_t n = 1);

 private:
  static std::int64_t check(std::int64_t n) {
    if (n < 0) throw panic("semaphore: negative weight");
    return n;
  }
  bool take_locked(std::int64_t n) noexcept;
  detail::waiter* serve_locked() noexcept;

  detail::lock lock_{detail::lock_rank::wait_list};  // guards held_ and line_
  const std::int64_t size_;
  std::int64_t held_ = 0;
  detail::wait_queue line_;  // slot: what the waiter asks for
  [[no_unique_address]] detail::hb::cell cell_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
