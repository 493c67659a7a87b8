// SPDX-License-Identifier: Apache-2.0
#pragma once
// replay: schedules that do not fit a line, and running them again.                   Floor 6.

#include <weft/check.h>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// Of a test with a name: a schedule too long for a command line goes to a file, and the report
/// says so.
void save_if_long(weft::check::report& r);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
