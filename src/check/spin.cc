// SPDX-License-Identifier: Apache-2.0
// spin.cc: who only waits for others, though it can go on.                            Floor 6.
//
// A goroutine that looks at what it has looked at before, finds it unchanged, has changed nothing
// itself, and whose stack is the same as then, will do the same for ever: until one of the objects
// that it looked at is changed it cannot be chosen. Versions are compared, not values, so that a
// word that was changed and changed back counts as changed. If nobody is left who could change
// anything, that is a livelock. The stack is compared only after k_idle_steps steps without any
// effect, and the loop is found whatever its length (R. Brent, 1980).
//
// Whoever has yielded a few times lets those that have stood there since go first: else the search
// would try one, two, three, ... rounds of every loop that yields (M. Musuvathi, S. Qadeer, "Fair
// stateless model checking", PLDI 2008).

#include "check/engine.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::uint32_t k_free_yields = 3;

std::uint64_t hash_of(const char* from, const char* to) noexcept {
  std::uint64_t h = static_cast<std::uint64_t>(to - from);
  for (; from + 8 <= to; from += 8) {
    std::uint64_t w = 0;
    std::memcpy(&w, from, 8);
    h = (h ^ w) * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 29;
  }
  return h | 1;
}

}  // namespace

// When the event is complete, those who take part stand elsewhere: what they did is put down
// before.
void engine::open_idle() {
  const goroutine& g = at(latest_.who);
  doing_ = g.next.what;
  looks_ = latest_.alt == k_else || (g.next.kind == pending::tries && latest_.alt != 0);
  switch (doing_) {
    case sched::op::yield:
    case sched::op::settle:
    case sched::op::atomic_load:
    case sched::op::chan_len:
    case sched::op::map_load:
      looks_ = true;
      break;
    default:
      break;
  }
  touched_.clear();
  if (g.next.kind != pending::offers) {
    if (g.next.object != 0) touched_.push_back(g.next.object);
    return;
  }
  for (const resolved_offer& o : g.offers)
    if (o.object != 0) touched_.push_back(o.object);
}

void engine::note_idle(goroutine& g, bool effective) {
  idling& i = g.idle;
  i.ran_at = step_count_;
  if (doing_ == sched::op::yield && ++i.yields > k_free_yields) {
    i.yielded_at = step_count_;
    yielding_ = true;
  }
  if (effective) {
    i.start_over();
    g.missed = 0;
    for (std::uint32_t object : touched_) ++objects[object].version;
    return;
  }
  ++i.steps;
  for (std::uint32_t object : touched_) i.seen.push_back({object, objects[object].version});
}

// Of the event that is complete now. What was waited for has been looked at before this.
void engine::close_idle() {
  note_idle(at(latest_.who), !looks_ && !failed_);
  if (latest_.partner != k_nobody) note_idle(at(latest_.partner), true);
}

void engine::look_for_spin(goroutine& g, const void* from) {
  idling& i = g.idle;
  std::uint64_t now = hash_of(static_cast<const char*>(from), g.stack.high);
  auto same = [&](const idling::look& l) { return objects[l.object].version == l.version; };
  if (now == i.mark && std::ranges::all_of(i.seen, same)) {
    i.spins = true;
    i.writes = plain_writes_;
    return;
  }
  if (i.mark != 0 && i.steps - i.marked_at < std::bit_floor(i.marked_at)) return;
  i.mark = now;
  i.marked_at = i.steps;
  i.seen.clear();
}

bool engine::still_spins(goroutine& g) noexcept {
  auto same = [&](const idling::look& l) { return objects[l.object].version == l.version; };
  if (g.idle.writes == plain_writes_ && std::ranges::all_of(g.idle.seen, same)) return true;
  g.idle.start_over();
  return false;
}

void engine::let_others_first() {
  yielding_ = false;
  for (std::size_t k = 0; k < count_; ++k) {
    goroutine& g = at(k);
    if (g.idle.yielded_at == 0 || g.at != stage::at_point) continue;
    bool waiting = std::ranges::any_of(enabled_, [&](const transition& t) {
      return !t.involves(g.id) && at(t.who).idle.ran_at < g.idle.yielded_at;
    });
    if (!waiting) {
      g.idle.yielded_at = 0;
      continue;
    }
    yielding_ = true;
    std::erase_if(enabled_, [&](const transition& t) { return t.involves(g.id); });
  }
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
