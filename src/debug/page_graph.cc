// SPDX-License-Identifier: Apache-2.0
// page_graph.cc: the rings of locks, as the live page shows them.                     Floor 6.

#include <weft/debug/deadlocks.h>

#include "debug/page_data.h"

#include <algorithm>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

bool is_of_library(std::string_view function) {
  return function.starts_with("weft::") || function.starts_with("std::");
}

// "transfer() server.cc:31", the innermost frame that is the program's own; of a stack as in a
// dump, where each frame is a line with the function and one with the place.
std::string place_in(std::string_view stack) {
  while (!stack.empty()) {
    std::string_view function = stack.substr(0, stack.find('\n'));
    stack.remove_prefix(std::min(stack.size(), function.size() + 1));
    std::string_view place = stack.substr(0, stack.find('\n'));
    stack.remove_prefix(std::min(stack.size(), place.size() + 1));
    if (is_of_library(function) || place.empty() || place.front() != '\t') continue;
    place.remove_prefix(1);
    place = place.substr(0, place.find(' '));
    if (std::size_t slash = place.rfind('/'); slash != std::string_view::npos)
      place.remove_prefix(slash + 1);
    return std::string(function) + ' ' + std::string(place);
  }
  return "?";
}

void append(std::vector<page_edge>& all, const deadlock& d) {
  for (std::size_t i = 0; i < d.ring.size(); ++i) {
    const blocked_goroutine& from = d.ring[i];
    const blocked_goroutine& to = d.ring[(i + 1) % d.ring.size()];
    // A plain thread has no stack here, but a name.
    all.push_back({from.id, from.id == 0 ? from.name : place_in(from.stack), from.object, to.id});
  }
}

}  // namespace

std::vector<page_edge> deadlock_edges() {
  std::vector<page_edge> all;
  for (const deadlock& d : find_deadlocks()) append(all, d);
  return all;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
