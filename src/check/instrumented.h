// SPDX-License-Identifier: Apache-2.0
#pragma once
// instrumented: what is told of the program's accesses to memory.                     Floor 6.

#include <weft/detail/base/config.h>

#include <cstddef>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// An access by code that returns to pc; of no interest if that is not the program's.
void plain_access(const void* address, std::size_t size, bool write, void* pc);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
