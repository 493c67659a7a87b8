// SPDX-License-Identifier: Apache-2.0
// report.cc: what a search has found, for a person.                                   Floor 6.

#include <weft/check.h>

#include <cstdio>
#include <fstream>
#include <ostream>

namespace weft::inline WEFT_WORLD {
namespace check {
namespace {

std::string verdict(const report& r) {
  for (const auto* list : {&r.failures, &r.races, &r.deadlocks, &r.leaks})
    if (!list->empty()) return "FAILED (" + list->front().what + ")";
  return "ok";
}

std::string extent(const report& r) {
  if (r.complete) return "complete";
  if (r.bound >= 0)
    return "complete up to " + std::to_string(r.bound) +
           (r.bound == 1 ? " preemption" : " preemptions");
  return "not complete";
}

// How this program was called, up to its name.
std::string program() {
  std::ifstream in("/proc/self/cmdline");
  std::string name;
  std::getline(in, name, '\0');
  return name.empty() ? "./test" : name;
}

std::string how_to_replay(const report& r) {
  std::string out = "replay with WEFT_REPLAY='" +
                    (r.schedule_file.empty() ? r.schedule : r.schedule_file) + "' " + program();
  if (!r.name.empty()) out += " --gtest_filter=" + r.name;
  return out + "\n";
}

}  // namespace

std::string report::summary() const {
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "%llu execution%s in %.2f s",
                static_cast<unsigned long long>(executions), executions == 1 ? "" : "s", seconds);
  return "weft::check: " + verdict(*this) + ", " + strategy + ", " + numbers + ", " +
         extent(*this) + (name.empty() ? "" : " (" + name + ")");
}

std::string report::text() const {
  std::string out = summary() + "\n";
  for (const auto* list : {&failures, &races, &deadlocks, &leaks})
    for (const finding& f : *list) out += f.text.empty() ? f.what + "\n" : f.text;
  if (!ok() && !schedule.empty()) out += how_to_replay(*this);
  if (!picture.empty()) out += "picture: " + picture + "\n";
  return out;
}

std::ostream& operator<<(std::ostream& out, const report& r) { return out << r.text(); }

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
