// SPDX-License-Identifier: Apache-2.0
#pragma once
// atomic: the seam through which every atomic operation of weft goes.                 Floor 0.
//
// No other file names std::atomic. The checker replaces this header by one whose atomics are
// scheduling points, so that the very sources of the primitives are explored.

#include <weft/detail/base/config.h>
#include <atomic>

#if WEFT_CHECK
#include <weft/detail/base/atomic_check.h>
#endif

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

#if !WEFT_CHECK
/// What the user's own weft::atomic is made of.
template <class T>
using user_word = std::atomic<T>;
#endif

#if WEFT_RACE
/// A word of weft's own: std::atomic but for its member functions, which the user's code would
/// instantiate instrumented, and which ThreadSanitizer would take for edges.
template <class T>
class shared_word {
 public:
  constexpr shared_word() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  constexpr shared_word(T value) noexcept : value_(value) {}
  shared_word(const shared_word&) = delete;
  shared_word& operator=(const shared_word&) = delete;

  [[nodiscard]] T load(std::memory_order order = std::memory_order_seq_cst) const noexcept {
    T value;
    __atomic_load(&value_, &value, as_int(order));
    return value;
  }
  void store(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    __atomic_store(&value_, &value, as_int(order));
  }
  T exchange(T value, std::memory_order order = std::memory_order_seq_cst) noexcept {
    T old;
    __atomic_exchange(&value_, &value, &old, as_int(order));
    return old;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure) noexcept {
    return __atomic_compare_exchange(&value_, &expected, &desired, false, as_int(success),
                                     as_int(failure));
  }
  bool compare_exchange_strong(T& expected, T desired,
                               std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_strong(expected, desired, order, after_failure(order));
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) noexcept {
    return __atomic_compare_exchange(&value_, &expected, &desired, true, as_int(success),
                                     as_int(failure));
  }
  bool compare_exchange_weak(T& expected, T desired,
                             std::memory_order order = std::memory_order_seq_cst) noexcept {
    return compare_exchange_weak(expected, desired, order, after_failure(order));
  }
  T fetch_add(T n, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return __atomic_fetch_add(&value_, n, as_int(order));
  }
  T fetch_sub(T n, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return __atomic_fetch_sub(&value_, n, as_int(order));
  }
  T fetch_or(T n, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return __atomic_fetch_or(&value_, n, as_int(order));
  }
  T fetch_and(T n, std::memory_order order = std::memory_order_seq_cst) noexcept {
    return __atomic_fetch_and(&value_, n, as_int(order));
  }
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic
  operator T() const noexcept { return load(); }

 private:
  static constexpr int as_int(std::memory_order order) noexcept { return static_cast<int>(order); }
  static constexpr std::memory_order after_failure(std::memory_order order) noexcept {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    if (order == std::memory_order_release) return std::memory_order_relaxed;
    return order;
  }
  alignas(sizeof(T)) T value_{};
};
#elif !WEFT_CHECK
template <class T>
using shared_word = std::atomic<T>;
#endif

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;

/// A full fence: orders every earlier access of this thread before every later one.
#if WEFT_CHECK
inline void fence_seq_cst(const seam::place& at = seam::place::current()) noexcept {
  if (WEFT_UNLIKELY(seam::g_fine)) seam::fence(at);
}
#else
inline void fence_seq_cst() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }
#endif

/// Keeps the compiler, not the processor, from reordering accesses across this point: one half
/// of an asymmetric fence whose other half is os::membarrier().
inline void fence_compiler() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if WEFT_CHECK
  if (WEFT_UNLIKELY(seam::g_fine)) seam::relax();
#elif defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNSEEN_END
