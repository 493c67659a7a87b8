// SPDX-License-Identifier: Apache-2.0
#pragma once
// describe: an execution in words.                                                    Floor 6.

#include "check/engine.h"

#include "check/trace.h"

#include <weft/check.h>

#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// What the execution that has just been run, and recorded, came to. Of its races, the given one.
weft::check::finding describe(engine& e, outcome why, std::size_t race = 0);

/// The same for a picture.
std::shared_ptr<const weft::check::detail::trace> trace_of(engine& e, outcome why);

/// "sync.Mutex.Lock #2, held by g1".
std::string waits_for(engine& e, const goroutine& g);

/// Of one that came to the step bound: whether it goes round in a circle, and who is left out.
std::string how_it_goes_on(engine& e);
/// Could it have, when the execution was given up?
bool can_go_on(engine& e, std::uint16_t g);

/// "lock #2".
std::string text_of(engine& e, const engine::step& s);
/// "main", or "g2 (name)".
std::string name_of(engine& e, std::uint16_t g);
std::string_view word_for(sched::op what) noexcept;
/// " #3"; empty for 0, no object.
std::string object_name(std::uint32_t number);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
