// SPDX-License-Identifier: Apache-2.0
#pragma once
// replay: schedules that do not fit a line, and running them again.                   Floor 6.

#include "check/search.h"

#include <weft/check.h>

#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// The page of a failure, where WEFT_CHECK_PICTURES says.
void keep_picture(weft::check::report& r);

/// Of a test with a name: a schedule too long for a command line goes to a file, and the report
/// says so.
void save_if_long(weft::check::report& r);

/// Has the user asked for a schedule? Null: no.
const char* schedule_asked_for() noexcept;

/// A search is no part of another one: a goroutine that wants one panics.
void refuse_nesting();

/// Runs, in place of a search, what a schedule says, or the file with this name.
weft::check::report run_again(search& s, std::string_view text);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
