// SPDX-License-Identifier: Apache-2.0
#pragma once
// light_fence: the frequent side of an asymmetric fence.                              Floor 1.
//
// Its other half is fence_heavy(), src/os/asymmetric_fence.h.

#include <weft/detail/os/lock.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::os {

inline void fence_light() noexcept {
  if (WEFT_LIKELY(lock::s_asymmetric)) {
    fence_compiler();
  } else {
    fence_seq_cst();
  }
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
