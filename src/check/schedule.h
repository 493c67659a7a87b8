// SPDX-License-Identifier: Apache-2.0
#pragma once
// schedule: what was decided in an execution, as a word that fits a line.             Floor 6.
//
//   w1:FINGERPRINT:DECISIONS
//
// A decision is the place of what was chosen among what could be; 0 is to let go on who ran last.
// A number stands for so many zeros; a letter for 1 to 26; anything larger is in brackets. Zeros at
// the end are left out. The fingerprint is that of the operations, in hexadecimal: a schedule of
// another program is refused.

#include "check/engine.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

struct schedule {
  std::vector<decision> decisions;
  std::uint64_t fingerprint = 0;
};

std::string write_schedule(const std::vector<decision>& decisions, std::uint64_t fingerprint);
/// Nothing if it is not one.
std::optional<schedule> read_schedule(std::string_view text);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
