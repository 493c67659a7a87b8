// SPDX-License-Identifier: Apache-2.0
#pragma once
// shrink: of a schedule that fails, one that fails in the same way with fewer switches.  Floor 6.
//
// First greedily: what a goroutine does after it was interrupted is moved to where it was
// interrupted, and kept there if the test still fails alike. Then, with so many preemptions less,
// the search itself is asked. The effort is bounded in steps, not in time, so that the same
// failure always gives the same schedule.

#include "check/engine.h"

#include <cstdint>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

struct failing {
  outcome how = outcome::finished;
  std::vector<decision> decisions;
  std::uint64_t fingerprint = 0;
};

/// What a failure is known by: its kind, and who was where; of the last execution, if recorded.
std::uint64_t key_of(engine& e, outcome how);

/// The engine may run as it likes; it is left with another execution than the one it had.
failing shrink(engine& e, void (*body)(void*), void* arg, failing from);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
