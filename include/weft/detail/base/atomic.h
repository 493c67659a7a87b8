// SPDX-License-Identifier: Apache-2.0
#pragma once
// atomic: the seam through which every atomic operation of weft goes.                 Floor 0.
//
// No other file names std::atomic. The checker replaces this header by one whose atomics are
// scheduling points, so that the very sources of the primitives are explored.

#include <weft/detail/base/config.h>
#include <atomic>

namespace weft::inline WEFT_WORLD {
namespace detail {

template <class T>
using shared_word = std::atomic<T>;

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;

/// A full fence: orders every earlier access of this thread before every later one.
inline void fence_seq_cst() noexcept { std::atomic_thread_fence(std::memory_order_seq_cst); }

/// Keeps the compiler, not the processor, from reordering accesses across this point: one half
/// of an asymmetric fence whose other half is os::membarrier().
inline void fence_compiler() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
