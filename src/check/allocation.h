// SPDX-License-Identifier: Apache-2.0
#pragma once
// allocation: memory that the program has given back.                                 Floor 6.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// Gives the C library what was kept in the course of an execution.
void release_freed() noexcept;

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
