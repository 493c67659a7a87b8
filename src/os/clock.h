// SPDX-License-Identifier: Apache-2.0
#pragma once
// clock: the one monotonic clock.                                                     Floor 1.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <ctime>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// Nanoseconds of CLOCK_MONOTONIC, which is std::chrono::steady_clock's.
inline std::int64_t monotonic_now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
