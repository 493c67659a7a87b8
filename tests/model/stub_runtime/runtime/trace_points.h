// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_points: in place of src/runtime/trace_points.h: nobody watches.

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct thread_party;

namespace trace {

inline bool watched() noexcept { return false; }
inline bool switches_watched() noexcept { return false; }
inline void created(goroutine& /*g*/) noexcept {}
inline void ended(const goroutine& /*g*/) noexcept {}
inline void woken(goroutine& /*g*/) noexcept {}
inline void note_switched(worker& /*w*/, goroutine& /*from*/, goroutine& /*to*/) noexcept {}
inline void blocking_began(const goroutine& /*g*/) noexcept {}
inline void blocking_ended(const goroutine& /*g*/) noexcept {}
inline void stole(unsigned /*victim*/, std::uint32_t /*count*/) noexcept {}
inline void timer_fired(std::int64_t /*due*/) noexcept {}

}  // namespace trace
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
