// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_group: wait until a set of goroutines has finished.  Floor 4.  Go: sync.WaitGroup.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/sleep_queue.h>
#include <weft/go.h>

#include <system_error>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

class context;

/// A counter that goroutines wait on until it reaches zero.
///
/// | state          | add(n > 0)   | done()           | wait()             |
/// |----------------|--------------|------------------|--------------------|
/// | zero           | counting(n)  | panic (negative) | returns            |
/// | counting(1)    | counting(+n) | zero, wakes all  | blocks until zero  |
/// | counting(n>1)  | counting(+n) | counting(n-1)    | blocks until zero  |
///
/// Memory:   every done() (add of a negative number) synchronizes before the return of each
///           wait() that it helps to release. No edge between two done() or from add(n > 0).
/// Lifetime: may be destroyed once every wait() has returned. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     one atomic add for add and done; 40 bytes; no allocation.
/// Go:       sync.WaitGroup.
class wait_group {
 public:
  constexpr wait_group() noexcept = default;
  wait_group(const wait_group&) = delete;
  wait_group& operator=(const wait_group&) = delete;

  /// Adds n, which may be negative, to the counter.
  ///
  /// Errors/misuse: panic "sync: negative WaitGroup counter"; panic "sync: WaitGroup misuse: Add
  ///           called concurrently with Wait" when the first add races with a wait (found by
  ///           chance only).
  void add(int n);

  /// add(-1).
  void done() { add(-1); }

  /// Blocks:   until the counter is zero; returns at once if it is.
  /// Errors/misuse: panic "sync: WaitGroup is reused before previous Wait has returned" (found
  ///           by chance only).
  void wait();

  /// wait(), unless ctx ends first.
  ///
  /// Returns:  empty once the counter was zero; else ctx.err().
  std::error_code wait(const context& ctx);

  /// Runs f in a new goroutine between add(1) and done(). done() is also called when f leaves by
  /// exit_goroutine(); an exception that escapes f ends the process first.
  ///
  /// Errors:   as go(); the counter is then as before.
  /// Go:       WaitGroup.Go.
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>>
  WEFT_ALWAYS_INLINE void go(F&& f) {
    add(1);
    try {
      weft::go(task<std::decay_t<F>>{this, std::forward<F>(f)});
    } catch (...) {
      done();
      throw;
    }
  }

 private:
  template <class F>
  struct task {
    wait_group* group;
    F f;
    void operator()() {
      struct guard {
        wait_group* group;
        ~guard() { group->done(); }
      } scope{group};
      static_cast<void>(std::invoke(std::move(f)));
    }
  };

  void release_waiters(std::uint64_t seen);
  void finish_wait();
  bool leave_uncounted();

  // High half: the counter, two's complement. Low half: the number of waiters.
  detail::shared_word<std::uint64_t> state_{0};
  detail::sleep_queue waiters_;
  [[no_unique_address]] detail::hb::cell cell_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
