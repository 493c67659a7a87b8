// SPDX-License-Identifier: Apache-2.0
#pragma once
// sanitizer: telling AddressSanitizer or, in the race build, ThreadSanitizer about goroutines and
// switches of stacks. Empty in other builds.                                           Floor 3.

#include "runtime/goroutine.h"

#if WEFT_HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace weft::inline WEFT_WORLD {
namespace detail::sanitizer {

/// Threads that a sanitizer runs for itself.
inline constexpr long k_own_threads = WEFT_RACE;

#if WEFT_HAS_ASAN || WEFT_RACE
/// The calling thread's own stack is that of `base`.
void describe_thread_stack(goroutine& base) noexcept;
void start_switch(goroutine& from, goroutine& to) noexcept;
#else
inline void describe_thread_stack(goroutine&) noexcept {}
inline void start_switch(goroutine&, goroutine&) noexcept {}
#endif

#if WEFT_HAS_ASAN
/// First thing on the stack switched to.
void finish_switch() noexcept;
/// The frames on this stack have been left, or are about to be, without their epilogues: a dead
/// goroutine's, or those that a forced unwind passes.
inline void forget_frames(goroutine& g) noexcept {
  __asan_unpoison_memory_region(g.stack_low, static_cast<std::size_t>(g.stack_high - g.stack_low));
}
#else
inline void finish_switch() noexcept {}
inline void forget_frames(goroutine&) noexcept {}
#endif

#if WEFT_RACE
/// Before anything is put on the stack of a goroutine: what an earlier one did there is forgotten.
void renew_stack(goroutine& g) noexcept;
/// The caller starts g: all that the caller knows comes before it.
void begin_goroutine(goroutine& g) noexcept;
/// g has ended, and is off its stack.
void end_goroutine(goroutine& g) noexcept;
#else
inline void renew_stack(goroutine&) noexcept {}
inline void begin_goroutine(goroutine&) noexcept {}
inline void end_goroutine(goroutine&) noexcept {}
#endif

}  // namespace detail::sanitizer
}  // namespace weft::inline WEFT_WORLD
