// SPDX-License-Identifier: Apache-2.0
#pragma once
// once: run something one time, whoever comes first.  Floor 4.  Go: sync.Once, OnceFunc, OnceValue.

#include <weft/detail/contract/hb.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/sleep_queue.h>
#include <weft/detail/sync/stack_mark.h>
#include <weft/panic.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

namespace detail {
struct once_view;
}

/// Runs a function the first time, and makes everybody else wait until it is done.
///
/// state_: bit 0 running, bit 1 done, bits 2.. number of waiters.
///
/// | state               | call(f)                           |
/// |---------------------|-----------------------------------|
/// | {}                  | {running}, runs f, {done}         |
/// | {running, n}        | {running, n+1}, waits for {done}  |
/// | {done}              | returns                           |
///
/// Memory:   the end of f synchronizes before the return of every call() (E12). No edge between
///           two calls otherwise.
/// Lifetime: may be destroyed once every call() has returned. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     one load once done; 32 bytes; no allocation.
/// Go:       sync.Once.
class once {
 public:
  constexpr once() noexcept = default;
  once(const once&) = delete;
  once& operator=(const once&) = delete;

  /// Runs f if no call() has run one before, whatever f that was.
  ///
  /// Blocks:   until the f that was first has ended.
  /// Errors/misuse: a call() from within f waits for itself for ever, as in Go.
  /// Cancel/exceptions: what f throws comes out of the call that ran it. f counts as done then, and
  ///           also when it leaves by exit_goroutine(): no later call() runs anything.
  template <class F>
    requires std::is_invocable_v<F>
  void call(F&& f) {
    detail::sched::point_when(detail::sched::op::once_call, this, [this] { return !runs(); });
    // [ON-1] acquire-load; pairs with the release [ON-2].
    if (WEFT_LIKELY(state_.load(detail::acquire) == k_done)) {
      detail::sched::without_effect();
    } else if (begin()) {
      struct guard {
        once* o;
        ~guard() { o->finish(); }
      } scope{this};
      static_cast<void>(std::invoke(std::forward<F>(f)));
    }
    detail::hb::acquire(cell_);  // E12
  }

 private:
  static constexpr std::uint32_t k_running = 1;
  static constexpr std::uint32_t k_done = 2;
  static constexpr std::uint32_t k_one_waiter = 4;

  // Is somebody running an f?
  [[nodiscard]] bool runs() const noexcept { return (state_.load() & k_running) != 0; }
  bool begin();
  void finish() noexcept;

  friend struct detail::once_view;

  detail::shared_word<std::uint32_t> state_{0};
  detail::last_doer holder_;  // who runs f: for reports
  detail::sleep_queue waiters_;
  [[no_unique_address]] detail::hb::cell cell_;
};

namespace detail {

/// What the copies of one once_func or once_value share.
template <class F>
class once_result {
 public:
  using result = std::invoke_result_t<F>;
  // A reference is kept as a pointer; nothing, as a flag.
  using kept = std::conditional_t<
      std::is_void_v<result>, bool,
      std::conditional_t<std::is_reference_v<result>, std::remove_reference_t<result>*,
                         std::remove_cv_t<result>>>;

  template <class G>
  explicit once_result(G&& f) : f_(std::in_place, std::forward<G>(f)) {}
  once_result(once_result&&) = delete;
  once_result(const once_result&) = delete;
  once_result& operator=(const once_result&) = delete;

  const kept& get() {
    gate_.call([this] { run(); });
    if (WEFT_UNLIKELY(!kept_.has_value())) fail();
    return *kept_;
  }

 private:
  void run() {
    // Whatever f holds is let go as soon as f has ended, before anybody is told.
    struct guard {
      std::optional<F>* f;
      ~guard() { f->reset(); }
    } scope{&f_};
    try {
      if constexpr (std::is_void_v<result>) {
        std::invoke(std::move(*f_));
        kept_ = true;
      } else if constexpr (std::is_reference_v<result>) {
        kept_ = std::addressof(std::invoke(std::move(*f_)));
      } else {
        kept_.emplace(std::invoke(std::move(*f_)));
      }
    } catch (...) {
      thrown_ = std::current_exception();  // none while the goroutine exits
      throw;
    }
  }

  [[noreturn]] WEFT_COLD void fail() {
    if (thrown_ != nullptr) std::rethrow_exception(thrown_);
    throw panic("sync: the function of once_func or once_value exited its goroutine");
  }

  once gate_;
  std::optional<F> f_;        // written under gate_, as the rest
  std::optional<kept> kept_;  // empty: f threw or exited
  std::exception_ptr thrown_;
};

}  // namespace detail

/// The result of once_func(): copies share the one call.
template <class F>
class once_func_t {
 public:
  template <class G>
    requires(!std::is_same_v<std::remove_cvref_t<G>, once_func_t>)
  explicit once_func_t(G&& f)
      : shared_(std::make_shared<detail::once_result<F>>(std::forward<G>(f))) {}

  void operator()() const { static_cast<void>(shared_->get()); }

 private:
  std::shared_ptr<detail::once_result<F>> shared_;
};

/// The result of once_value(): copies share the one call and the one value.
template <class F>
class once_value_t {
 public:
  template <class G>
    requires(!std::is_same_v<std::remove_cvref_t<G>, once_value_t>)
  explicit once_value_t(G&& f)
      : shared_(std::make_shared<detail::once_result<F>>(std::forward<G>(f))) {}

  decltype(auto) operator()() const {
    if constexpr (std::is_reference_v<std::invoke_result_t<F>>) {
      return static_cast<std::invoke_result_t<F>>(*shared_->get());
    } else {
      return shared_->get();
    }
  }

 private:
  std::shared_ptr<detail::once_result<F>> shared_;
};

/// Gives a callable that runs f the first time it is called, and never again.
///
/// Blocks:   the callable, while another call of it runs f.
/// Errors/misuse: if f leaves by exit_goroutine(), later calls panic "sync: the function of
///           once_func or once_value exited its goroutine".
/// Memory:   as once.
/// Cancel/exceptions: what f throws comes out of every call, the first and all later ones: the same
///           exception object.
/// Lifetime: what f has captured is destroyed when f has ended, not with the callable.
/// Callable from: goroutine | plain thread
/// Cost:     one allocation here, none per call.
/// Go:       sync.OnceFunc.
template <class F>
  requires std::is_invocable_v<std::decay_t<F>>
once_func_t<std::decay_t<F>> once_func(F&& f) {
  return once_func_t<std::decay_t<F>>(std::forward<F>(f));
}

/// Gives a callable that runs f the first time it is called, and gives f's value every time.
///
/// Blocks:   the callable, while another call of it runs f.
/// Returns:  a callable of type const T&() (or T&, if f gives one): the value lives as long as the
///           callable or a copy of it.
/// Errors/misuse: as once_func.
/// Memory:   as once.
/// Cancel/exceptions: as once_func.
/// Lifetime: as once_func.
/// Callable from: goroutine | plain thread
/// Cost:     one allocation here, none per call.
/// Go:       sync.OnceValue; for OnceValues, return a std::pair or std::tuple.
template <class F>
  requires(std::is_invocable_v<std::decay_t<F>> &&
           !std::is_void_v<std::invoke_result_t<std::decay_t<F>>>)
once_value_t<std::decay_t<F>> once_value(F&& f) {
  return once_value_t<std::decay_t<F>>(std::forward<F>(f));
}

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
