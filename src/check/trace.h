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
    std::string made;      // where it was started
    std::size_t from = 0;  // the row after which it begins
  };
  struct row {
    std::uint16_t who = 0;           // 0xffff: time passes
    std::uint16_t partner = 0xffff;  // whom a value goes to, or who is started
    std::string text;
    std::string met;    // what the partner does
    std::string value;  // part of the text, too
    std::string left;   // why who ran before does not go on
    std::uint16_t left_who = 0xffff;
    std::string site;
    bool switched = false;  // who ran before could have gone on
    bool starts = false;
    std::vector<std::uint16_t> wakes;  // who waited for this notify
    int cause = -1;  // the row of another lane that an edge puts before this one: an unlock, a
                     // send; only where the other arrows do not say so already
  };
  // One side of a race, or the place of another failure: in the lane of `who`, after so many rows.
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
  std::vector<mark> marks;  // two are a race
  std::size_t before = 0;   // steps before the first row
};

/// Of a long one the end, which shows why it does not end.
trace last_rows(const trace& t, std::size_t most);

/// What is shown one below the other: the rows, and between them the marks and why the goroutine of
/// the row before does not go on.
struct line {
  enum kind : std::uint8_t { row, mark, left, stuck };
  kind what = row;
  std::size_t index = 0;  // of rows (left: the row that follows), of marks, or of lanes
  std::uint16_t who = 0;
};
std::vector<line> lines_of(const trace& t);

/// The picture as an SVG document.
std::string draw(const trace& t);
/// A column for each goroutine, or, if they are too many, a list.
std::string table(const trace& t);

}  // namespace check::detail
}  // namespace weft::inline WEFT_WORLD
