// SPDX-License-Identifier: Apache-2.0
#pragma once
// stack_mark: who did something, told by the stack it was done on.                    Floor 4.
//
// A goroutine or a thread is known by its stack, and the stack by any address in it. The page of
// the caller's frame costs one instruction and a store, where asking for the current goroutine
// would cost a call; and it is there always, for a report that is asked for too late to start
// watching, and in a core file. The reports of floor 6 find the stack that it lies in.

#include <weft/detail/base/atomic.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// A page of some stack; its number is cut to 32 bits, which is 16 TiB. Zero: nobody.
struct stack_mark {
  static constexpr unsigned k_shift = 12;
  std::uint32_t page = 0;

  WEFT_ALWAYS_INLINE static stack_mark here() noexcept { return of(__builtin_frame_address(0)); }
  static stack_mark of(const void* address) noexcept {
    return {static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(address) >> k_shift)};
  }
  friend bool operator==(stack_mark, stack_mark) = default;
};

/// Who did it last. Old once it is undone, and for a moment after it is done again.
class last_doer {
 public:
  /// The caller did. In the checker's build nothing: it would be one more step to explore.
  WEFT_ALWAYS_INLINE void note() noexcept {
#if !WEFT_CHECK
    word_.store(stack_mark::here(), relaxed);  // [MX-15] relaxed: for reports.
#endif
  }
  [[nodiscard]] stack_mark get() const noexcept { return word_.load(); }

 private:
  shared_word<stack_mark> word_{stack_mark{}};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
