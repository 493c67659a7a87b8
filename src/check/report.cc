// SPDX-License-Identifier: Apache-2.0
// report.cc: what a search has found, for a person.                                   Floor 6.

#include <weft/check.h>

#include <cstdio>
#include <ostream>

namespace weft::inline WEFT_WORLD {
namespace check {

std::string report::summary() const {
  char line[256];
  std::snprintf(line, sizeof line, "weft::check: %s, %s, %llu executions in %.2f s, %s",
                ok() ? "ok" : "FAILED", strategy.c_str(),
                static_cast<unsigned long long>(executions), seconds,
                complete ? "complete" : "not complete");
  return line;
}

std::string report::text() const {
  std::string out = summary() + "\n";
  for (const auto* list : {&failures, &races, &deadlocks, &leaks})
    for (const finding& f : *list) out += f.text.empty() ? f.what + "\n" : f.text;
  if (!ok() && !schedule.empty()) out += "replay with WEFT_REPLAY='" + schedule + "'\n";
  return out;
}

std::ostream& operator<<(std::ostream& out, const report& r) { return out << r.text(); }

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
