// SPDX-License-Identifier: Apache-2.0
// thread_slot.cc: see thread_slot.h.                                                  Floor 3.

#include <weft/detail/runtime/thread_slot.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// Two variables: the one that is read often has no destructor, and so no guard.
thread_local thread_slot t_slot;

struct slot_end {
  bool armed = false;
  ~slot_end() {
    if (!armed) return;
    thread_slot& slot = this_thread_slot();
    slot.at_end(slot);
    slot.at_end = nullptr;
    slot.ended = true;
  }
};
thread_local slot_end t_end;

}  // namespace

WEFT_NOINLINE thread_slot& this_thread_slot() noexcept {
  thread_slot* t = &t_slot;
  asm volatile("" : "+r"(t));
  return *t;
}

WEFT_NOINLINE void set_thread_end(void (*f)(thread_slot&) noexcept) noexcept {
  this_thread_slot().at_end = f;
  t_end.armed = true;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
