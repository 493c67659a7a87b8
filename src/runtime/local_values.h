// SPDX-License-Identifier: Apache-2.0
#pragma once
// local_values: what one goroutine or thread holds for each goroutine_local.          Floor 3.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct local_values;

/// Destroys all values, last made first; values made by destructors meanwhile, too.
void run_local_destructors(local_values*& values) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
