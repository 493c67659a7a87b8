// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace: an execution that went wrong, kept for its picture.                          Floor 6.

#include <weft/check.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace check::detail {

struct trace {
  struct lane {
    std::string name;
    std::string end;       // in what state it was left; empty: it ended
    std::size_t from = 0;  // the row after which it begins
  };
  struct row {
    std::uint16_t who = 0;
    std::uint16_t partner = 0xffff;  // whom a value goes to, or who is started
    std::string text;
    std::string site;
    bool switched = false;  // who ran before could have gone on
    bool starts = false;
    int cause = -1;  // the row that made this one possible: an unlock, a send
  };
  // One side of a race: in the lane of `who`, after so many rows.
  struct mark {
    std::uint16_t who = 0;
    std::size_t after = 0;
    std::string text;
    std::string site;
  };
  std::string title;
  std::string text;
  std::vector<lane> lanes;
  std::vector<row> rows;
  std::vector<mark> race;
};

/// The picture as an SVG document.
std::string draw(const trace& t);

}  // namespace check::detail
}  // namespace weft::inline WEFT_WORLD
