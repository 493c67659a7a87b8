// SPDX-License-Identifier: Apache-2.0
#pragma once
// atomic_check: the atomics of the checker's build.                                   Floor 0.
//
// Included by atomic.h. One thread runs everything there, so that a word is a plain T. Between two
// scheduling points of the contract the operations on weft's own words are one step; with
// seam::g_fine set, each of them is a scheduling point of its own, finds what its order lets it
// find, and orders what its order says: the code of the primitives is what is explored.

#include <weft/detail/base/config.h>

#include <atomic>
#include <source_location>
#include <type_traits>

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

namespace seam {

/// Are the operations on weft's own words scheduling points?
extern bool g_fine;

enum class word_op : unsigned char { load, store, update };
/// Where an operation stands in the sources.
using place = std::source_location;

// With g_fine. Each begins with point(), which gives the order to go by.
std::memory_order point(word_op what, const void* word, std::memory_order order,
                        const place& at) noexcept;
/// A load: *value is what the last write left, and becomes what is found. last: nothing older.
void found(const void* word, void* value, std::size_t size, std::memory_order order,
           bool last) noexcept;
/// A store, or the second half of an update: *before is what the word held.
void left(const void* word, const void* before, std::size_t size, std::memory_order order,
          bool update) noexcept;
/// A new word where another one may have been.
void made(const void* word, std::size_t size) noexcept;
void fence(const place& at) noexcept;
void heavy_fence(const place& at) noexcept;
void relax() noexcept;

/// A swap found something else than it expected.
void failed() noexcept;
/// An update left what it found.
void left_alone() noexcept;

/// Edges of the user's atomics (E13): the operation saw what the last write left; it wrote.
void observed(const void* word, std::size_t size) noexcept;
void published(const void* word, std::size_t size) noexcept;

}  // namespace seam

/// `User`: a word of the user's, whose operations make edges and whose scheduling points are those
/// of weft::atomic.
template <class T, bool User>
class checked_word {
 public:
  constexpr checked_word() noexcept { note_made(); }
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  constexpr checked_word(T value) noexcept : value_(value) { note_made(); }
  checked_word(const checked_word&) = delete;
  checked_word& operator=(const checked_word&) = delete;

  static constexpr bool is_always_lock_free = std::atomic<T>::is_always_lock_free;

  [[nodiscard]] T load(std::memory_order order = std::memory_order_seq_cst,
                       const seam::place& at = seam::place::current()) const noexcept {
    if (is_fine()) {
      order = seam::point(seam::word_op::load, this, order, at);
      T value = value_;
      seam::found(this, &value, sizeof(T), order, false);
      return value;
    }
    see();
    return value_;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst,
             const seam::place& at = seam::place::current()) noexcept {
    if (is_fine()) {
      order = seam::point(seam::word_op::store, this, order, at);
      T before = value_;
      value_ = value;
      seam::left(this, &before, sizeof(T), order, false);
      return;
    }
    value_ = value;
    show();
  }
  T exchange(T value, std::memory_order order = std::memory_order_seq_cst,
             const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T) { return value; });
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order order,
                               std::memory_order failure,
                               const seam::place& at = seam::place::current()) noexcept {
    if (is_fine()) return swap_finely(expected, desired, order, failure, at);
    see();
    if (is_now(expected)) {
      value_ = desired;
      show();
      return true;
    }
    if (User) seam::failed();
    expected = value_;
    return false;
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst,
                               const seam::place& at = seam::place::current()) noexcept {
    return compare_exchange_strong(expected, desired, order, order, at);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure,
                             const seam::place& at = seam::place::current()) noexcept {
    return compare_exchange_strong(expected, desired, success, failure, at);
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst,
                             const seam::place& at = seam::place::current()) noexcept {
    return compare_exchange_strong(expected, desired, order, order, at);
  }
  template <class N>
  T fetch_add(N n, std::memory_order order = std::memory_order_seq_cst,
              const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T v) { return add(v, n); });
  }
  template <class N>
  T fetch_sub(N n, std::memory_order order = std::memory_order_seq_cst,
              const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T v) { return subtract(v, n); });
  }
  T fetch_or(T n, std::memory_order order = std::memory_order_seq_cst,
             const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T v) { return static_cast<T>(v | n); });
  }
  T fetch_and(T n, std::memory_order order = std::memory_order_seq_cst,
              const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T v) { return static_cast<T>(v & n); });
  }
  T fetch_xor(T n, std::memory_order order = std::memory_order_seq_cst,
              const seam::place& at = seam::place::current()) noexcept {
    return update(order, at, [&](T v) { return static_cast<T>(v ^ n); });
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
  static bool is_fine() noexcept {
    if constexpr (User) return false;
    return WEFT_UNLIKELY(seam::g_fine);
  }
  constexpr void note_made() noexcept {
    if (!std::is_constant_evaluated() && is_fine()) seam::made(this, sizeof(T));
  }
  // Bytes, as std::atomic compares.
  [[nodiscard]] bool is_now(const T& expected) const noexcept {
    return __builtin_memcmp(&value_, &expected, sizeof(T)) == 0;
  }
  template <class F>
  T update(std::memory_order order, const seam::place& at, F&& f) noexcept {
    if (is_fine()) {
      order = seam::point(seam::word_op::update, this, order, at);
      T old = value_;
      seam::found(this, &old, sizeof(T), order, true);
      value_ = f(old);
      seam::left(this, &old, sizeof(T), order, true);
      return old;
    }
    see();
    T old = value_;
    value_ = f(old);
    show();
    if (User && is_now(old)) seam::left_alone();
    return old;
  }
  bool swap_finely(T& expected, T desired, std::memory_order order, std::memory_order failure,
                   const seam::place& at) noexcept {
    std::memory_order weakened = seam::point(seam::word_op::update, this, order, at);
    bool swaps = is_now(expected);
    // A swap that is weakened on trial no longer acquires where it fails, either.
    if (weakened != order && order != std::memory_order_release) failure = weakened;
    T old = value_;
    seam::found(this, &old, sizeof(T), swaps ? weakened : failure, true);
    if (swaps) {
      value_ = desired;
      seam::left(this, &old, sizeof(T), weakened, true);
    } else {
      seam::failed();
      expected = old;
    }
    return swaps;
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
