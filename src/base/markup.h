// SPDX-License-Identifier: Apache-2.0
#pragma once
// markup: plain text inside HTML and SVG.                                             Floor 0.

#include <weft/detail/base/config.h>

#include <string>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace detail {

/// For an element's content, and for an attribute's value in double quotes.
inline std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
