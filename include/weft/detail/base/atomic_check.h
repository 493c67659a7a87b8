// SPDX-License-Identifier: Apache-2.0
#pragma once
// atomic_check: the atomics of the checker's build.                                   Floor 0.
//
// Included by atomic.h. One thread runs everything there, so that a word is a plain T. Between two
// scheduling points of the contract the operations on weft's own words are one step; with
// seam::g_fine set, each of them is a scheduling point of its own, and the code of the primitives
// is what is explored. Orders weaker than sequentially consistent are not explored.

#include <weft/detail/base/config.h>

#include <atomic>
#include <type_traits>

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

namespace seam {

/// Are the operations on weft's own words scheduling points?
extern bool g_fine;

enum class word_op : unsigned char { load, store, update };
void point(word_op what, const void* word) noexcept;
/// A swap found something else than it expected.
void failed() noexcept;

/// Edges of the user's atomics (E13): the operation saw what the last write left; it wrote.
void observed(const void* word, std::size_t size) noexcept;
void published(const void* word, std::size_t size) noexcept;

}  // namespace seam

/// `User`: a word of the user's, whose operations make edges and whose scheduling points are those
/// of weft::atomic.
template <class T, bool User>
class checked_word {
 public:
  constexpr checked_word() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  constexpr checked_word(T value) noexcept : value_(value) {}
  checked_word(const checked_word&) = delete;
  checked_word& operator=(const checked_word&) = delete;

  static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;

  [[nodiscard]] T load(std::memory_order = std::memory_order_seq_cst) const noexcept {
    before(seam::word_op::load);
    see();
    return value_;
  }
  void store(T value, std::memory_order = std::memory_order_seq_cst) noexcept {
    before(seam::word_op::store);
    value_ = value;
    show();
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T) { return value; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order,
                               std::memory_order) noexcept {
    before(seam::word_op::update);
    see();
    // Bytes, as std::atomic compares.
    if (__builtin_memcmp(&value_, &expected, sizeof(T)) == 0) {
      value_ = desired;
      show();
      return true;
    }
    if (User || seam::g_fine) seam::failed();
    expected = value_;
    return false;
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, desired, order, order);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, desired, order, order);
  }
  template <class N>
  T fetch_add(N n, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T v) { return add(v, n); });
  }
  template <class N>
  T fetch_sub(N n, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T v) { return subtract(v, n); });
  }
  T fetch_or(T n, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T v) { return static_cast<T>(v | n); });
  }
  T fetch_and(T n, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T v) { return static_cast<T>(v & n); });
  }
  T fetch_xor(T n, std::memory_order = std::memory_order_seq_cst) noexcept {
    return update([&](T v) { return static_cast<T>(v ^ n); });
  }
  T operator++() noexcept { return add(fetch_add(1), 1); }
  T operator--() noexcept { return subtract(fetch_sub(1), 1); }
  template <class N>
  T operator+=(N n) noexcept {
    return add(fetch_add(n), n);
  }
  template <class N>
  T operator-=(N n) noexcept {
    return subtract(fetch_sub(n), n);
  }
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  operator T() const noexcept { return load(); }

 private:
  // Integers wrap around, signed ones too.
  template <class N>
  static T add(T v, N n) noexcept {
    if constexpr (std::is_integral_v<T>) {
      using bits = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<bits>(static_cast<bits>(v) + static_cast<bits>(n)));
    } else {
      return v + n;
    }
  }
  template <class N>
  static T subtract(T v, N n) noexcept {
    if constexpr (std::is_integral_v<T>) {
      using bits = std::make_unsigned_t<T>;
      return static_cast<T>(static_cast<bits>(static_cast<bits>(v) - static_cast<bits>(n)));
    } else {
      return v - n;
    }
  }
  template <class F>
  T update(F&& f) noexcept {
    before(seam::word_op::update);
    see();
    T old = value_;
    value_ = f(old);
    show();
    return old;
  }
  void before(seam::word_op what) const noexcept {
    if constexpr (!User) {
      if (WEFT_UNLIKELY(seam::g_fine)) seam::point(what, this);
    }
  }
  void see() const noexcept {
    if constexpr (User) seam::observed(&value_, sizeof(T));
  }
  void show() noexcept {
    if constexpr (User) seam::published(&value_, sizeof(T));
  }

  alignas(sizeof(T) <= 16 && (sizeof(T) & (sizeof(T) - 1)) == 0 ? sizeof(T)
                                                                : alignof(T)) T value_{};
};

template <class T>
using shared_word = checked_word<T, false>;
template <class T>
using user_word = checked_word<T, true>;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNSEEN_END
