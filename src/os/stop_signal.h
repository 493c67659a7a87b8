// SPDX-License-Identifier: Apache-2.0
#pragma once
// stop_signal: the signal by which all threads are held for a look at the process.    Floor 1.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// A real-time signal whose action was the default one when this was first asked; 0 if there was
/// none. The library's own threads block all signals but this, so that they can be held, too.
int stop_signal() noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
