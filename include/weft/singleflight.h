// SPDX-License-Identifier: Apache-2.0
#pragma once
// singleflight: calls that ask for the same, answered by one.  Floor 5.
// Go: golang.org/x/sync/singleflight.

#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

/// While one call for a key runs its function, others for that key wait, and get what it gives.
///
/// | state of the key | call(key, f)                            |
/// |------------------|-----------------------------------------|
/// | none             | running; runs f; none                   |
/// | running          | waits; a copy of the other's value      |
///
/// Memory:   the end of f synchronizes before the return of every call that shares it.
/// Lifetime: no call may run when it is destroyed. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     a mutex and a look-up; an allocation or two for each f that is run.
/// Go:       singleflight.Group. There Do also says whether the result is shared.
template <class K, class V, class Hash = std::hash<K>, class Equal = std::equal_to<K>>
class singleflight {
  static_assert(std::is_void_v<V> || (std::is_object_v<V> && std::is_copy_constructible_v<V>),
                "weft::singleflight: each caller gets a copy of the value");

 public:
  singleflight() = default;
  singleflight(const singleflight&) = delete;
  singleflight& operator=(const singleflight&) = delete;

  /// Runs f, unless a call for an equal key runs one just now.
  ///
  /// Blocks:   until that f has ended.
  /// Returns:  what f gives; each caller its own copy.
  /// Errors/misuse: a call for the same key from within f waits for itself for ever, as in Go.
  /// Cancel/exceptions: what f throws comes out of every call that shares it: the same exception
  ///           object. If f leaves by exit_goroutine(), all of them exit their goroutines, as in
  ///           Go; a plain thread gets panic "singleflight: the function exited its goroutine".
  ///           Hash and Equal must not throw.
  /// Go:       Group.Do.
  template <class F>
    requires std::is_invocable_r_v<V, F>
  V call(const K& key, F&& f) {
    const auto [shared, first] = join(key);
    if (first) {
      run(key, *shared, std::forward<F>(f));
    } else {
      shared->ended.wait();
    }
    return result(*shared);
  }

  /// The same, but gives up waiting, and runs nothing, once ctx has ended. An f that runs goes on;
  /// it may look at ctx itself.
  ///
  /// Returns:  nullopt (void: false) if ctx ended first.
  /// Go:       Group.DoChan and a select.
  template <class F>
    requires std::is_invocable_r_v<V, F>
  auto call(const K& key, F&& f, const context& ctx)
      -> std::conditional_t<std::is_void_v<V>, bool, std::optional<V>> {
    if (ctx.err()) return {};
    const auto [shared, first] = join(key);
    if (first) {
      run(key, *shared, std::forward<F>(f));
    } else if (shared->ended.wait(ctx)) {
      return {};
    }
    if constexpr (std::is_void_v<V>) {
      result(*shared);
      return true;
    } else {
      return result(*shared);
    }
  }

  /// Lets the next call for this key run its own function, even if one is running.
  ///
  /// Go:       Group.Forget.
  void forget(const K& key) {
    const std::scoped_lock hold(lock_);
    flights_.erase(key);
  }

 private:
  struct flight {
    flight() { ended.add(1); }
    wait_group ended;
    // Written before ended.done(), read after. Neither: f exited its goroutine.
    std::optional<std::conditional_t<std::is_void_v<V>, bool, V>> value;
    std::exception_ptr thrown;
  };

  // The flight for this key, and true if the caller is to run it.
  std::pair<std::shared_ptr<flight>, bool> join(const K& key) {
    const std::scoped_lock hold(lock_);
    if (const auto at = flights_.find(key); at != flights_.end()) return {at->second, false};
    auto made = std::make_shared<flight>();
    flights_.emplace(key, made);
    return {std::move(made), true};
  }

  template <class F>
  void run(const K& key, flight& own, F&& f) {
    struct landing {  // also when f leaves by exit_goroutine()
      singleflight* flights;
      const K& key;
      flight& own;
      ~landing() {
        flights->leave(key, own);
        own.ended.done();
      }
    } scope{this, key, own};
    try {
      if constexpr (std::is_void_v<V>) {
        static_cast<void>(std::invoke(std::forward<F>(f)));
        own.value = true;
      } else {
        own.value.emplace(std::invoke(std::forward<F>(f)));
      }
    } catch (...) {
      own.thrown = std::current_exception();
      if (own.thrown == nullptr) throw;  // no exception: the unwinding of exit_goroutine()
    }
  }

  void leave(const K& key, const flight& own) noexcept {
    const std::scoped_lock hold(lock_);
    const auto at = flights_.find(key);
    if (at != flights_.end() && at->second.get() == &own) flights_.erase(at);
  }

  V result(const flight& of) {
    if (of.thrown != nullptr) std::rethrow_exception(of.thrown);
    if (!of.value.has_value()) exit_too();
    if constexpr (!std::is_void_v<V>) return *of.value;
  }

  [[noreturn]] static void exit_too() {
    if (detail::current_party().kind == detail::party_kind::goroutine) exit_goroutine();
    throw panic("singleflight: the function exited its goroutine");
  }

  mutex lock_;  // guards flights_
  std::unordered_map<K, std::shared_ptr<flight>, Hash, Equal> flights_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
