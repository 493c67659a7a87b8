// SPDX-License-Identifier: Apache-2.0
#pragma once
// group: goroutines that work on one task, and fail together.  Floor 5.  Go: errgroup.Group.

#include <weft/context.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <exception>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// Goroutines that belong together: the first exception that leaves one of them is kept, ends the
/// group's context, and comes out of wait().
///
/// Blocks:   go() while the limit is reached; wait() and the destructor until all have ended.
/// Memory:   go() synchronizes before the start of f; the end of every f before the return of
///           wait().
/// Lifetime: the destructor ends the context and waits for what still runs: no goroutine of a
///           group outlives it. An exception that nobody waited for is dropped.
/// Callable from: goroutine | plain thread
/// Go:       golang.org/x/sync/errgroup.Group.
class group {
 public:
  /// Errors:   std::bad_alloc.
  group() : group(background()) {}
  explicit group(const context& parent) : made_(with_cancel_cause(parent)) {}
  group(const group&) = delete;
  group& operator=(const group&) = delete;
  ~group();

  /// A child of the parent context. It ends with the first exception (cause() is the code of a
  /// std::system_error, else errc::canceled), or when wait() returns.
  [[nodiscard]] const context& ctx() const noexcept { return made_.first; }

  /// At most n goroutines at once from now on; 0 lets none in.
  ///
  /// Errors/misuse: panic "errgroup: modify limit while goroutines in the group are still active".
  void set_limit(std::size_t n);

  /// Runs f in a goroutine of the group.
  ///
  /// Blocks:   while the limit is reached.
  /// Errors:   as weft::go; the group is then as before.
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>>
  void go(F&& f) {
    if (limited_) slots_.send();
    start(std::forward<F>(f));
  }

  /// The same, but gives up at once where go() would block.
  ///
  /// Returns:  true if f was started.
  template <class F>
    requires std::is_invocable_v<std::decay_t<F>>
  bool try_go(F&& f) {
    if (limited_ && !slots_.try_send()) return false;
    start(std::forward<F>(f));
    return true;
  }

  /// Waits for all, ends the context, and rethrows the first exception, if there was one.
  void wait();

  /// wait(), unless ctx ends first: then its error, and the goroutines go on.
  std::error_code wait(const context& ctx);

 private:
  template <class F>
  void start(F&& f) {
    running_.add(1);
    try {
      weft::go(task<std::decay_t<F>>{this, std::forward<F>(f)});
    } catch (...) {
      end_one();
      throw;
    }
  }

  template <class F>
  struct task {
    group* owner;
    F f;
    void operator()() {
      struct guard {  // also when f leaves by exit_goroutine()
        group* owner;
        ~guard() { owner->end_one(); }
      } scope{owner};
      try {
        static_cast<void>(std::invoke(std::move(f)));
      } catch (...) {
        std::exception_ptr e = std::current_exception();
        if (e == nullptr) throw;  // no exception: the unwinding of exit_goroutine()
        owner->fail(e);
      }
    }
  };

  void end_one() noexcept;
  void fail(const std::exception_ptr& e) noexcept;
  void finish();

  std::pair<context, cancel_cause_function> made_;
  wait_group running_;
  mutex lock_;  // guards first_
  std::exception_ptr first_;
  chan<void> slots_;  // a value for each goroutine, if there is a limit
  bool limited_ = false;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
