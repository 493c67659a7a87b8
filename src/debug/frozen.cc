// SPDX-License-Identifier: Apache-2.0
// frozen.cc: see frozen.h.                                                            Floor 6.

#include "debug/frozen.h"

#include "debug/goroutines.h"
#include "os/clock.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

std::vector<goroutine*> all_goroutines(scheduler& s) {
  std::vector<goroutine*> all;
  all.reserve(s.goroutines() + 64);
  s.stacks.for_each([&](goroutine& g) {
    // [DU-2] again: sp and id are set.
    if (g.status.load(acquire) != goroutine_status::dead) all.push_back(&g);
  });
  std::sort(all.begin(), all.end(),
            [](const goroutine* a, const goroutine* b) { return a->id < b->id; });
  return all;
}

bool is_parked(const goroutine& g) noexcept {
  // [DU-1] again: the stack can be read.
  return !g.on_cpu.load(acquire) && g.status.load() == goroutine_status::waiting;
}

blocked_goroutine description_of(goroutine& g) {
  goroutine_state state;
  blocked_goroutine d;
  if (!read_goroutine(g, false, state)) return d;
  d.id = state.id;
  d.name = state.name;
  d.reason = reason_text(state.why);
  d.object = describe(target_of(g));
  d.stack = stack_text(state.stack);
  d.created_by = creator_text(state);
  if (state.parked_at != 0) {
    d.waiting =
        std::chrono::nanoseconds(std::max<std::int64_t>(0, os::monotonic_now() - state.parked_at));
  }
  return d;
}

std::string text_of(const blocked_goroutine& g) {
  std::string text = "goroutine " + std::to_string(g.id) + " [" + g.reason;
  if (auto minutes = std::chrono::duration_cast<std::chrono::minutes>(g.waiting).count();
      minutes >= 1) {
    text += ", " + std::to_string(minutes) + " minutes";
  }
  if (!g.name.empty()) text += ", name: " + g.name;
  text += "]:\n" + g.stack + g.created_by;
  if (!g.object.empty()) text += "waits for " + g.object + "\n";
  return text;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
