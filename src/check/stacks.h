// SPDX-License-Identifier: Apache-2.0
#pragma once
// stacks: where a goroutine is, as return addresses.                                  Floor 6.

#include "check/goroutine.h"

#include <cstdint>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// Of the goroutine that is running, innermost first, by its frame pointers.
std::vector<std::uintptr_t> stack_of_caller(const goroutine& g);

/// From an instruction and the frame it stands in.
std::vector<std::uintptr_t> stack_from(std::uintptr_t pc, std::uintptr_t frame, const goroutine& g);

/// Of one that is not running.
std::vector<std::uintptr_t> stack_of(const goroutine& g);

/// "function() at file:line" of the first frame that is the user's; empty if there is none.
std::string user_site(const std::vector<std::uintptr_t>& stack);
/// One line for each frame of the user's.
std::vector<std::string> user_frames(const std::vector<std::uintptr_t>& stack);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
