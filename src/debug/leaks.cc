// SPDX-License-Identifier: Apache-2.0
// leaks.cc: find_leaks().                                                             Floor 6.
//
// The world is frozen, so that parked goroutines stay, for the whole time; it is stopped, so that
// nothing at all moves, while the words are followed. Stacks are unwound and written down between
// the two, when memory can be allocated again and none of the goroutines has gone on.

#include <weft/debug/leaks.h>

#include "debug/frozen.h"
#include "debug/leak_search.h"
#include "debug/reach.h"

#include <mutex>
#include <ostream>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

std::mutex g_one_at_a_time;  // guards the borrowed signal; held while no goroutine is switched

bool stop_and_look(reach& r, const void* frame) noexcept {
#if WEFT_RACE
  // ThreadSanitizer delivers signals when it sees fit.
  r.list();
  static_cast<void>(frame);
  return false;
#else
  stopped_world world;
  if (!world.prepare()) {
    r.list();
    return false;
  }
  bool stopped = world.hold();
  bool read = r.look(world, frame);
  world.release();
  return stopped && read;
#endif
}

void append(std::string& text, const char* what, const std::vector<blocked_goroutine>& some) {
  if (some.empty()) return;
  text += std::to_string(some.size()) + (some.size() == 1 ? " goroutine " : " goroutines ") + what +
          ":\n\n";
  for (const blocked_goroutine& g : some) text += text_of(g) + "\n";
}

}  // namespace

bool visit_leaks(const std::function<bool(const goroutine&)>& wanted, const void* frame,
                 const std::function<void(goroutine&, bool certain)>& f) {
  scheduler* s = scheduler::instance();
  if (s == nullptr) return true;
  const std::lock_guard one(g_one_at_a_time);
  const frozen_scope frozen(*s);
  reach r;
  if (!r.prepare(*s)) return false;
  bool complete = stop_and_look(r, frame);
  for (std::size_t i = 0; i < r.size(); ++i) {
    const candidate& c = r[i];
    if (c.reached && !c.forever) continue;
    bool certain = c.forever || complete;
    if (is_parked(*c.g) && wanted(*c.g)) f(*c.g, certain);
  }
  return complete;
}

leak_report search_leaks(const std::function<bool(const goroutine&)>& wanted, const void* frame) {
  leak_report report;
  report.complete = visit_leaks(wanted, frame, [&](goroutine& g, bool certain) {
    (certain ? report.certain : report.suspected).push_back(description_of(g));
  });
  return report;
}

WEFT_NOINLINE leak_report find_leaks() {
  const void* frame = WEFT_CALLERS_STACK();
  return search_leaks([](const goroutine&) { return true; }, frame);
}

std::string leak_report::text() const {
  std::string all;
  append(all, "can never go on", certain);
  append(all, "probably can never go on", suspected);
  return all;
}

std::ostream& operator<<(std::ostream& out, const leak_report& r) { return out << r.text(); }

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
