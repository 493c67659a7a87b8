// SPDX-License-Identifier: Apache-2.0
#pragma once
// sanitizer: telling AddressSanitizer about switches of stacks. Empty in other builds. Floor 3.

#include "runtime/goroutine.h"

#if WEFT_HAS_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace weft::inline WEFT_WORLD {
namespace detail::sanitizer {

#if WEFT_HAS_ASAN
/// Fills in the bounds of the calling thread's own stack.
void describe_thread_stack(goroutine& base) noexcept;
void start_switch(goroutine& from, goroutine& to) noexcept;
/// First thing on the stack switched to.
void finish_switch() noexcept;
/// The frames on this stack have been left, or are about to be, without their epilogues: a dead
/// goroutine's, or those that a forced unwind passes.
inline void forget_frames(goroutine& g) noexcept {
  __asan_unpoison_memory_region(g.stack_low, static_cast<std::size_t>(g.stack_high - g.stack_low));
}
#else
inline void describe_thread_stack(goroutine&) noexcept {}
inline void start_switch(goroutine&, goroutine&) noexcept {}
inline void finish_switch() noexcept {}
inline void forget_frames(goroutine&) noexcept {}
#endif

}  // namespace detail::sanitizer
}  // namespace weft::inline WEFT_WORLD
