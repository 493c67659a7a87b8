// SPDX-License-Identifier: Apache-2.0
#pragma once
// sched_check: the scheduling points in the checker's build.                          Floor 2.
//
// Included by sched.h, which says what each call means. Outside an execution of the checker none
// of them does anything.

#include <weft/detail/contract/sched_op.h>

#include <memory>
#include <string_view>
#include <type_traits>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::sched {

void point(op what, const void* object) noexcept;
void touch(op what, const void* object) noexcept;
void without_effect() noexcept;
unsigned choose(unsigned n) noexcept;

/// Is a report being made of this execution?
bool recorded() noexcept;
void note_signed(long long v) noexcept;
void note_unsigned(unsigned long long v) noexcept;
void note_pointer(const volatile void* v) noexcept;
void note_real(double v) noexcept;
void note_text(std::string_view v) noexcept;
void note_word(const char* v) noexcept;

/// Of a type that has no short form nothing is noted.
template <class T>
void value(const T& v) noexcept {
  if (!recorded()) return;
  if constexpr (std::is_same_v<T, bool>) {
    note_word(v ? "true" : "false");
  } else if constexpr (std::is_enum_v<T>) {
    note_signed(static_cast<long long>(v));
  } else if constexpr (std::is_unsigned_v<T>) {
    note_unsigned(v);
  } else if constexpr (std::is_integral_v<T>) {
    note_signed(v);
  } else if constexpr (std::is_floating_point_v<T>) {
    note_real(static_cast<double>(v));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    if constexpr (std::is_pointer_v<T>) {
      if (v == nullptr) return note_pointer(nullptr);
    }
    note_text(std::string_view(v));
  } else if constexpr (std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>) {
    note_pointer(v);
  }
}

bool is_step() noexcept;

template <class Which>
void touch_which(op what, Which&& which) noexcept {
  if (is_step()) touch(what, which());
}

bool point_tried(op what, const void* object, bool (*ready)(void*), void* arg) noexcept;
bool point_guarded(op what, const void* object, bool (*ready)(void*), void* arg) noexcept;
void point_add(op what, const void* object, std::int64_t n) noexcept;
std::uint64_t point_offered(op what, std::uint64_t n, offer (*nth)(void*, std::uint64_t), void* arg,
                            bool or_else, bool ordered) noexcept;

template <class Ready>
bool point_when(op what, const void* object, Ready&& ready) noexcept {
  using callable = std::remove_reference_t<Ready>;
  return point_guarded(
      what, object, [](void* p) { return static_cast<bool>((*static_cast<callable*>(p))()); },
      std::addressof(ready));
}

template <class Ready>
bool point_try(op what, const void* object, Ready&& ready) noexcept {
  using callable = std::remove_reference_t<Ready>;
  return point_tried(
      what, object, [](void* p) { return static_cast<bool>((*static_cast<callable*>(p))()); },
      std::addressof(ready));
}

template <class Nth>
std::uint64_t point_offers(op what, std::uint64_t n, Nth&& nth, bool or_else,
                           bool ordered = false) noexcept {
  using callable = std::remove_reference_t<Nth>;
  return point_offered(
      what, n, [](void* p, std::uint64_t i) { return (*static_cast<callable*>(p))(i); },
      std::addressof(nth), or_else, ordered);
}

}  // namespace detail::sched
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
