// SPDX-License-Identifier: Apache-2.0
#pragma once
// thread_slot: what a thread keeps for the library.                                   Floor 3.

#include <weft/detail/base/config.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// A word of each thread, for the one user there is: the hazard pointers of floor 5.
struct thread_slot {
  void* value = nullptr;
  /// Called once when the thread ends, if set by set_thread_end().
  void (*at_end)(thread_slot&) noexcept = nullptr;
  bool ended = false;  // at_end has been called
};

/// The calling thread's own. Never to be kept over a park: the goroutine may resume on another.
thread_slot& this_thread_slot() noexcept;

/// Has `f` called when the calling thread ends; then at_end is null again.
void set_thread_end(void (*f)(thread_slot&) noexcept) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
