// SPDX-License-Identifier: Apache-2.0
#pragma once
// select_park: what a parked select gives to park(), which is all that reports see.    Floor 4.

#include <weft/detail/sync/select_core.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

/// The channels that a select waits on. On its stack, and there while it is parked.
struct select_park {
  chan_core** channels;  // distinct, in order of address
  std::size_t count;
  const select_claim* claim;  // set before it parks
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
