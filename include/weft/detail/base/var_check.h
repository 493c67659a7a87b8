// SPDX-License-Identifier: Apache-2.0
#pragma once
// var_check: a plain shared variable in the checker's build.                          Floor 0.
//
// Included by var.h. Reads and writes are told to the checker: it looks for races, or, asked for
// outcomes, lets a racy read find any value that it may. A value larger than a word is read and
// written word by word, as Go's memory model has it, so that a racy read may find it torn, unless
// the test asks for the opposite.

#include <weft/detail/base/config.h>

#include <cstddef>
#include <type_traits>

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::seam {

/// A variable has come into being here, with the value that is there.
void var_made(const void* at, std::size_t size) noexcept;
void var_read(const void* at, void* out, std::size_t size) noexcept;
void var_write(void* at, const void* value, std::size_t size) noexcept;
/// How many bytes of a value are read or written at once.
std::size_t var_grain() noexcept;

}  // namespace detail::seam

template <class T>
class var {
  static_assert(std::is_trivially_copyable_v<T>, "weft::var: the type must be trivially copyable");

 public:
  using value_type = T;

  var() noexcept : value_() { made(); }
  // NOLINTNEXTLINE(google-explicit-constructor): as a T
  var(T value) noexcept : value_(value) { made(); }
  var(const var& other) noexcept : value_(other.get()) { made(); }
  var& operator=(const var& other) noexcept {
    set(other.get());
    return *this;
  }
  // NOLINTNEXTLINE(misc-unconventional-assign-operator): as a T
  T operator=(T value) noexcept {
    set(value);
    return value;
  }
  // NOLINTNEXTLINE(google-explicit-constructor): as a T
  operator T() const noexcept { return get(); }
  T operator->() const noexcept
    requires std::is_pointer_v<T>
  {
    return get();
  }

  T operator++() noexcept { return *this = static_cast<T>(get() + 1); }
  T operator--() noexcept { return *this = static_cast<T>(get() - 1); }
  T operator++(int) noexcept {
    T old = get();
    set(static_cast<T>(old + 1));
    return old;
  }
  T operator--(int) noexcept {
    T old = get();
    set(static_cast<T>(old - 1));
    return old;
  }
  template <class N>
  T operator+=(N n) noexcept {
    return *this = static_cast<T>(get() + n);
  }
  template <class N>
  T operator-=(N n) noexcept {
    return *this = static_cast<T>(get() - n);
  }
  template <class N>
  T operator|=(N n) noexcept {
    return *this = static_cast<T>(get() | n);
  }
  template <class N>
  T operator&=(N n) noexcept {
    return *this = static_cast<T>(get() & n);
  }

 private:
  // f(where in the value, how many bytes) for each part of it.
  template <class F>
  static void for_each_part(F f) noexcept {
    const std::size_t grain = sizeof(T) > 8 ? detail::seam::var_grain() : sizeof(T);
    for (std::size_t at = 0; at < sizeof(T); at += grain)
      f(at, sizeof(T) - at < grain ? sizeof(T) - at : grain);
  }
  void made() noexcept {
    for_each_part([&](std::size_t at, std::size_t n) { detail::seam::var_made(bytes() + at, n); });
  }
  T get() const noexcept {
    T out;
    for_each_part([&](std::size_t at, std::size_t n) {
      detail::seam::var_read(bytes() + at, reinterpret_cast<unsigned char*>(&out) + at, n);
    });
    return out;
  }
  void set(T value) noexcept {
    for_each_part([&](std::size_t at, std::size_t n) {
      detail::seam::var_write(bytes() + at, reinterpret_cast<unsigned char*>(&value) + at, n);
    });
  }
  unsigned char* bytes() noexcept { return reinterpret_cast<unsigned char*>(&value_); }
  const unsigned char* bytes() const noexcept {
    return reinterpret_cast<const unsigned char*>(&value_);
  }

  T value_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNSEEN_END
