// SPDX-License-Identifier: Apache-2.0
#pragma once
// processors: how many processors this process may use.                               Floor 1.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// min(processors in the affinity mask, CPU quota of the cgroup rounded up), at least 1; as Go
/// since 1.25, a quota is not rounded below 2 where two processors exist.
unsigned usable_processors() noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
