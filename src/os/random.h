// SPDX-License-Identifier: Apache-2.0
#pragma once
// random: a fast generator per thread, for choices, not for secrets.                  Floor 1.

#include <weft/detail/base/config.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

std::uint32_t random_u32() noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
