// SPDX-License-Identifier: Apache-2.0
#pragma once
// go: starting goroutines, and the runtime they run on.                               Floor 3.

#include <weft/detail/contract/sched.h>
#include <weft/goroutine_local.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// Options of one go().
struct go_options {
  std::string_view name = {};  // shown in dumps, profiles and the debugger; copied
  std::size_t stack_size = 0;  // bytes, rounded up to a power of two; 0: the runtime's default
};

/// Options of run(). The first start of the runtime decides the stack size for good.
struct options {
  unsigned procs = 0;  // goroutines that run at once; 0: WEFT_PROCS, else what the cgroup grants
  std::size_t stack_size = 0;  // bytes; 0: WEFT_STACK_SIZE, else 256 KiB (more in debug builds)
};

namespace detail {

struct goroutine;

goroutine* prepare_goroutine(std::size_t size, std::size_t align, const go_options& options);
void* closure_of(goroutine* g) noexcept;
void abandon_goroutine(goroutine* g) noexcept;
void start_goroutine(goroutine* g, void (*entry)(void*)) noexcept;
[[noreturn]] void fatal_nil_function() noexcept;
bool enter_blocking_call() noexcept;
void leave_blocking_call() noexcept;
void run_main(void (*body)(void*), void* arg, const options& options);

// A closure larger than this lives on the heap instead of at the top of the goroutine's stack.
inline constexpr std::size_t k_max_inline_closure = 1024;

template <class F>
constexpr bool is_nil_function(const F& f) noexcept {
  if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F> || requires {
                  f == nullptr;
                  static_cast<bool>(f);
                }) {
    return f == nullptr;
  } else {
    return false;
  }
}

template <class F, class... Args>
struct closure {
  F f;
  std::tuple<Args...> args;

  template <class G, class... As>
  explicit closure(G&& g, As&&... as) : f(std::forward<G>(g)), args(std::forward<As>(as)...) {}

  static void run(void* p) {
    // Destroyed also when the goroutine exits early: the forced unwind passes here.
    struct guard {
      closure* c;
      ~guard() { c->~closure(); }
    } scope{static_cast<closure*>(p)};
    if (is_nil_function(scope.c->f)) fatal_nil_function();
    std::apply(
        [&](Args&... as) {
          static_cast<void>(std::invoke(std::move(scope.c->f), std::move(as)...));
        },
        scope.c->args);
  }

  static void run_on_heap(void* p) {
    struct guard {
      closure** c;
      ~guard() { ::operator delete(*c, std::align_val_t{alignof(closure)}); }
    } scope{static_cast<closure**>(p)};
    run(*scope.c);
  }
};

template <class C, class... As>
WEFT_ALWAYS_INLINE void spawn(const go_options& options, As&&... as) {
  sched::point(sched::op::spawn, nullptr);
  if constexpr (sizeof(C) <= k_max_inline_closure && alignof(C) <= 64) {
    goroutine* g = prepare_goroutine(sizeof(C), alignof(C), options);
    try {
      ::new (closure_of(g)) C(std::forward<As>(as)...);
    } catch (...) {
      abandon_goroutine(g);
      throw;
    }
    start_goroutine(g, C::run);
  } else {
    goroutine* g = prepare_goroutine(sizeof(C*), alignof(C*), options);
    void* memory = nullptr;
    try {
      memory = ::operator new(sizeof(C), std::align_val_t{alignof(C)});
      ::new (closure_of(g)) C*(::new (memory) C(std::forward<As>(as)...));
    } catch (...) {
      if (memory != nullptr) ::operator delete(memory, std::align_val_t{alignof(C)});
      abandon_goroutine(g);
      throw;
    }
    start_goroutine(g, C::run_on_heap);
  }
}

}  // namespace detail

/// Runs f(args...) in a new goroutine. f and args are decay-copied, as by std::thread; they may
/// be move-only.
///
/// Blocks:   never.
/// Errors:   std::bad_alloc or std::system_error when memory for the stack, or at the first use
///           the runtime's threads, cannot be had; the runtime goes on. An empty std::function or
///           a null pointer is fatal: "go of nil func value". An exception that escapes f ends
///           the process as an uncaught panic does: "panic: TEXT", a dump, exit status 2.
/// Memory:   the go() call synchronizes before the start of f. The end of f synchronizes before
///           nothing: use a wait_group or a channel.
/// Callable from: goroutine | plain thread (starts the runtime if need be)
/// Cost:     no allocation for closures up to 1 KiB; the stack comes from a pool.
/// Go:       the go statement.
template <class F, class... Args>
  requires(!std::is_same_v<std::decay_t<F>, go_options> &&
           std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>)
WEFT_ALWAYS_INLINE void go(F&& f, Args&&... args) {
  detail::spawn<detail::closure<std::decay_t<F>, std::decay_t<Args>...>>(
      go_options{}, std::forward<F>(f), std::forward<Args>(args)...);
}

/// The same with a name and a stack size.
template <class F, class... Args>
  requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
WEFT_ALWAYS_INLINE void go(const go_options& options, F&& f, Args&&... args) {
  detail::spawn<detail::closure<std::decay_t<F>, std::decay_t<Args>...>>(
      options, std::forward<F>(f), std::forward<Args>(args)...);
}

/// Runs main as a goroutine and waits until it returns. Goroutines still blocked then are left
/// alone, as when Go's main returns; nothing is unwound.
///
/// Blocks:   the calling thread (or goroutine) until main has returned.
/// Returns:  main's result if that is an int, else 0.
/// Errors:   std::system_error or std::bad_alloc if the runtime cannot start. An exception that
///           escapes main is an uncaught panic.
/// Memory:   what main did is visible to the caller on return.
/// Lifetime: the runtime is started once, lazily, and never torn down. Any number of runs, one
///           after the other or at once.
/// Callable from: goroutine | plain thread
/// Go:       func main.
template <class F>
  requires std::is_invocable_v<F>
int run(F&& main, const options& options = {}) {
  struct call {
    std::remove_reference_t<F>* f;
    int result;
  } c{std::addressof(main), 0};
  detail::run_main(
      [](void* p) {
        auto& mine = *static_cast<call*>(p);
        if constexpr (std::is_convertible_v<std::invoke_result_t<F>, int>) {
          mine.result = static_cast<int>(std::invoke(std::forward<F>(*mine.f)));
        } else {
          static_cast<void>(std::invoke(std::forward<F>(*mine.f)));
        }
      },
      &c, options);
  return c.result;
}

/// Lets the other runnable goroutines of this processor run first.
///
/// Blocks:   no; the caller stays runnable.
/// Memory:   no edge.
/// Callable from: goroutine | plain thread (yields the thread)
/// Go:       runtime.Gosched, which uses the global queue.
void yield();

/// Ends the calling goroutine after running the destructors of its stack frames. A catch-all
/// handler on the way runs but cannot stop it. A frame that is noexcept ends the process.
///
/// Errors/misuse: from the main goroutine of run(), run() never returns; once nothing is left to
///           run: "fatal error: no goroutines (main called runtime.Goexit) - deadlock!".
/// Memory:   no edge.
/// Callable from: goroutine (elsewhere fatal)
/// Go:       runtime.Goexit.
[[noreturn]] void exit_goroutine();

/// Calls f, which may block the thread: a system call, a foreign lock, getaddrinfo. The processor
/// is handed on at once, so that other goroutines go on. Within f the goroutine does not change
/// threads, and weft's own blocking calls block the thread.
///
/// Returns:  what f returns.
/// Memory:   no edge.
/// Cancel/exceptions: what f throws comes out.
/// Callable from: goroutine | plain thread (just calls f)
/// Cost:     two short critical sections; a thread is made if none is spare.
/// Go:       what the runtime does around system calls and cgo.
template <class F>
  requires std::is_invocable_v<F>
auto blocking(F&& f) -> std::invoke_result_t<F> {
  struct guard {
    bool entered = detail::enter_blocking_call();
    ~guard() {
      if (entered) detail::leave_blocking_call();
    }
  } scope;
  return std::invoke(std::forward<F>(f));
}

/// Goroutines that have been started and have not ended, the main one included.
/// Go: runtime.NumGoroutine.
std::size_t num_goroutines() noexcept;

/// How many goroutines run at once. Go: runtime.GOMAXPROCS(0).
unsigned procs();

/// Sets how many goroutines run at once, 1 to 4096, and returns the previous number; 0 only asks.
/// Takes effect as processors reach their next scheduling point.
/// Errors:   std::system_error or std::bad_alloc if threads for more cannot be had.
/// Go:       runtime.GOMAXPROCS(n), but without stopping the world.
unsigned set_procs(unsigned n);

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
