// SPDX-License-Identifier: Apache-2.0
#pragma once
// asymmetric_fence: a store-load fence that is free on the frequent side.             Floor 1.
//
// fence_light() on one side and fence_heavy() on the other order like two seq_cst fences
// (Dekker): of "store x; light; load y" and "store y; heavy; load x" at least one sees the other.
// Source: liburcu's sys-membarrier; P1202R5.

#include <weft/detail/os/light_fence.h>

#include "os/futex.h"

namespace weft::inline WEFT_WORLD {
namespace detail::os {

inline void fence_heavy() noexcept {
  if (lock::s_asymmetric) {
    membarrier();
  } else {
    fence_seq_cst();
  }
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
