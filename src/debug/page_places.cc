// SPDX-License-Identifier: Apache-2.0
// page_places.cc: see page_places.h.                                                  Floor 6.

#include "debug/page_places.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

std::string short_place(const frame& f) {
  std::string function = plain_name(f.function);
  if (std::size_t arguments = function.rfind('('); arguments != std::string::npos)
    function.erase(arguments);
  // A lambda's function has no name that says more.
  if (std::size_t call = function.rfind("}::operator()"); call != std::string::npos)
    function.erase(call + 1);
  std::string file = f.file.substr(f.file.rfind('/') + 1);
  return function + (function.back() == '}' ? " " : "() ") + file + ":" + std::to_string(f.line);
}

bool is_library(const std::string& function) {
  std::string name = plain_name(function);
  return name.rfind("weft::", 0) == 0 || name.rfind("std::", 0) == 0;
}

const std::string& page_places::of(const detail::stack_sample& s) {
  static const std::string k_unknown = "?";
  for (std::size_t i = 0; i < s.count; ++i) {
    auto [at, fresh] = known_.try_emplace(s.pcs[i]);
    if (fresh) {
      for (const frame& f : symbols_.at(s.pcs[i])) {
        if (is_internal(f) || is_unknown(f) || f.file == "?" || is_library(f.function)) continue;
        at->second = short_place(f);
        break;
      }
    }
    if (!at->second.empty()) return at->second;
  }
  return k_unknown;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
