// SPDX-License-Identifier: Apache-2.0
#pragma once
// atomic: values that goroutines may use at once.  Floor 4.  Go: sync/atomic.

#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/sched.h>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace weft::inline WEFT_WORLD {

/// An integer, bool, pointer, enumeration or small trivially copyable type, of which every
/// operation is atomic and sequentially consistent, as Go's are: all operations on all atomics
/// happen in one order that everybody agrees on. There is no argument for a weaker one.
///
/// Memory:   an operation whose effect another observes synchronizes before it (E13). A failed
///           compare_exchange observes what it finds, and has an edge from it.
/// Lifetime: not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     that of std::atomic; always lock-free, else it does not compile.
/// Go:       atomic.Int64, atomic.Bool, atomic.Pointer and so on. There Add gives the new value,
///           here fetch_add the old one and += the new one, as std::atomic does.
template <class T>
class atomic {
  static_assert(std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>,
                "weft::atomic: the type must be trivially copyable");
  static_assert(detail::user_word<T>::is_always_lock_free,
                "weft::atomic: the type is too large to be lock-free");
  static constexpr bool k_number = std::is_integral_v<T> && !std::is_same_v<T, bool>;
  static constexpr bool k_steps =
      k_number || (std::is_pointer_v<T> && !std::is_void_v<std::remove_pointer_t<T>>);
  using step = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  using op = detail::sched::op;

 public:
  using value_type = T;

  constexpr atomic() noexcept(std::is_nothrow_default_constructible_v<T>) = default;
  // NOLINTNEXTLINE(google-explicit-constructor): reads like T
  constexpr atomic(T value) noexcept : word_(value) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  [[nodiscard]] T load() const noexcept {
    point(op::atomic_load);
    return word_.load();
  }
  void store(T value) noexcept {
    point(op::atomic_store);
    word_.store(value);
  }
  /// Returns:  the value before.
  T exchange(T value) noexcept {
    point(op::atomic_update);
    return word_.exchange(value);
  }
  /// Stores `desired` if the value is `expected`; else loads the value into `expected`. Never fails
  /// for no reason. Returns:  true if it stored.
  bool compare_exchange(T& expected, T desired) noexcept {
    point(op::atomic_update);
    return word_.compare_exchange_strong(expected, desired);
  }

  // NOLINTNEXTLINE(google-explicit-constructor): reads like T
  operator T() const noexcept { return load(); }
  // NOLINTNEXTLINE(misc-unconventional-assign-operator): as std::atomic
  T operator=(T value) noexcept {
    store(value);
    return value;
  }

  /// The four below give the value before. Integers wrap around; pointers step by elements.
  T fetch_add(step n) noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return word_.fetch_add(n);
  }
  T fetch_sub(step n) noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return word_.fetch_sub(n);
  }
  T fetch_and(T bits) noexcept
    requires k_number
  {
    point(op::atomic_update);
    return word_.fetch_and(bits);
  }
  T fetch_or(T bits) noexcept
    requires k_number
  {
    point(op::atomic_update);
    return word_.fetch_or(bits);
  }
  T fetch_xor(T bits) noexcept
    requires k_number
  {
    point(op::atomic_update);
    return word_.fetch_xor(bits);
  }

  /// These give the value after, but for the postfix ones.
  T operator++() noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return ++word_;
  }
  T operator--() noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return --word_;
  }
  T operator++(int) noexcept
    requires k_steps
  {
    return fetch_add(1);
  }
  T operator--(int) noexcept
    requires k_steps
  {
    return fetch_sub(1);
  }
  T operator+=(step n) noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return word_ += n;
  }
  T operator-=(step n) noexcept
    requires k_steps
  {
    point(op::atomic_update);
    return word_ -= n;
  }
  T operator&=(T bits) noexcept
    requires k_number
  {
    return static_cast<T>(fetch_and(bits) & bits);
  }
  T operator|=(T bits) noexcept
    requires k_number
  {
    return static_cast<T>(fetch_or(bits) | bits);
  }
  T operator^=(T bits) noexcept
    requires k_number
  {
    return static_cast<T>(fetch_xor(bits) ^ bits);
  }

 private:
  void point(op what) const noexcept { detail::sched::point(what, this); }

  detail::user_word<T> word_{};  // E13
};

}  // namespace weft::inline WEFT_WORLD
