// SPDX-License-Identifier: Apache-2.0
// sanitizer.cc: AddressSanitizer's fiber interface.                                   Floor 3.

#include "runtime/sanitizer.h"

#if WEFT_HAS_ASAN

#include "runtime/worker.h"

#include <pthread.h>

namespace weft::inline WEFT_WORLD {
namespace detail::sanitizer {

void describe_thread_stack(goroutine& base) noexcept {
  pthread_attr_t attr;
  void* low = nullptr;
  std::size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  base.stack_low = static_cast<char*>(low);
  base.stack_high = base.stack_low + size;
}

void start_switch(goroutine& from, goroutine& to) noexcept {
  // A goroutine that ends gives its fake stack up; the null says so.
  bool ends = from.status.load(relaxed) == goroutine_status::dead;  // [SN-1] relaxed: own.
  void** keep = ends && from.entry != nullptr ? nullptr : &from.fake_stack;
  __sanitizer_start_switch_fiber(keep, to.stack_low,
                                 static_cast<std::size_t>(to.stack_high - to.stack_low));
}

void finish_switch() noexcept {
  goroutine* me = current_worker()->current.load(relaxed);  // [SN-2] relaxed: own.
  __sanitizer_finish_switch_fiber(me->fake_stack, nullptr, nullptr);
}

}  // namespace detail::sanitizer
}  // namespace weft::inline WEFT_WORLD

#endif
