// SPDX-License-Identifier: Apache-2.0
#pragma once
// mix: makes every bit of a hash depend on every other.                               Floor 5.

#include <weft/detail/base/config.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// std::hash of an integer is often the integer. Source: the finaliser of splitmix64; G. Steele,
/// D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, with the
/// constants of D. Stafford's variant 13.
constexpr std::uint64_t mix(std::uint64_t h) noexcept {
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
  h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
