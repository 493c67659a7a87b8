// SPDX-License-Identifier: Apache-2.0
#pragma once
// Waits until goroutines are parked for a given reason, by reading the goroutine dump: the only
// way to be certain of the order in a wait queue without sleeping and hoping.
#include <weft/debug.h>

#include <sstream>
#include <string>

#include "support/with_procs.h"

namespace weft_test {

// How many goroutines the dump shows with this wait reason.
inline std::size_t count_waiting(const std::string& reason) {
  std::ostringstream out;
  weft::debug::dump_goroutines(out);
  std::istringstream in(std::move(out).str());
  std::size_t n = 0;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("goroutine ")) continue;
    const auto open = line.find('[');
    if (open == std::string::npos || line.compare(open + 1, reason.size(), reason) != 0) continue;
    const char next = open + 1 + reason.size() < line.size() ? line[open + 1 + reason.size()] : ' ';
    if (next == ']' || next == ',') ++n;
  }
  return n;
}

inline bool await_waiting(std::size_t n, const std::string& reason) {
  return eventually([&] { return count_waiting(reason) >= n; });
}

}  // namespace weft_test
