// SPDX-License-Identifier: Apache-2.0
#pragma once
// clock: in place of src/os/clock.h: each look finds that a search has lasted long enough.

#include "model/machine_host.h"

namespace weft::inline WEFT_WORLD {
namespace detail::os {

inline std::int64_t monotonic_now() noexcept { return weft_model::host::now(); }

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
