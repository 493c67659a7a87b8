// SPDX-License-Identifier: Apache-2.0
// page_places.cc: see page_places.h.                                                  Floor 6.

#include "debug/page_places.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

std::string short_function(std::string_view full) {
  std::string function = short_name(full);
  // A lambda's function has no name that says more.
  constexpr std::string_view k_call = "::operator()";
  std::size_t call = function.rfind("}::operator()");
  if (call == std::string::npos) return function + "()";
  return function.erase(call + 1, k_call.size());
}

std::string short_place(const frame& f) {
  std::string file = f.file.substr(f.file.rfind('/') + 1);
  return short_function(f.function) + " " + file + ":" + std::to_string(f.line);
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
