// SPDX-License-Identifier: Apache-2.0
#pragma once
// backoff: lets go of a contended cache line for a moment.                            Floor 5.

#include <weft/detail/base/atomic.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Waits a little longer each time, up to about a microsecond.
/// Source: T. Anderson, IEEE TPDS 1990.
class backoff {
 public:
  void pause() noexcept {
    for (unsigned i = 0; i < pauses_; ++i) cpu_relax();
    if (pauses_ < k_most) pauses_ *= 2;
  }

 private:
  static constexpr unsigned k_most = 64;
  unsigned pauses_ = 4;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
