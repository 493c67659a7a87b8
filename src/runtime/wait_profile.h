// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_profile: where parties block, and which unlocks others waited for.             Floor 3.

#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/probes.h>

#include "runtime/stack_samples.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

/// Blocking for `rate` nanoseconds is recorded once in the mean; 0 and less: nothing is.
void set_block_rate(std::int64_t rate) noexcept;
/// One of n contended unlocks is recorded; 0: none. Gives the previous n; n < 0 only asks.
int set_mutex_fraction(int n) noexcept;

/// The calling party was blocked between these two times, and is awake again.
WEFT_COLD void note_blocked(wait_reason why, std::int64_t since, std::int64_t until) noexcept;

/// Count and nanoseconds by stack, since the process began.
stack_table& block_table() noexcept;
stack_table& mutex_table() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
