// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_profile: in place of src/runtime/wait_profile.h: nothing is profiled.

#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/probes.h>

#include "runtime/scheduler.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

inline void note_pause(wait_samples& /*s*/) noexcept {}
inline bool note_block_switch(worker& /*w*/, goroutine& /*from*/, goroutine& /*to*/) noexcept {
  return false;
}
inline void record_blocked(double /*count*/, double /*ns*/) noexcept {}
inline void note_thread_blocked(wait_reason /*why*/, std::int64_t /*since*/,
                                std::int64_t /*until*/) noexcept {}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
