// SPDX-License-Identifier: Apache-2.0
#pragma once
// mix: one number of two, that tells pairs apart.                                     Floor 6.

#include <weft/detail/base/config.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

constexpr std::uint64_t mix(std::uint64_t h, std::uint64_t v) noexcept {
  h = (h ^ v) * 0x9E3779B97F4A7C15ULL;
  return h ^ (h >> 29);
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
