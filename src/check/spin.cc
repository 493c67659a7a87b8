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
// stateless model checking", PLDI 2008). So does whoever has failed to get a lock a few times while
// nobody else could go on; those go first, too, who will be able to once it lets go of another.

#include "check/engine.h"
#include "check/mix.h"

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
    h = mix(h, w);
  }
  return h | 1;
}

// The state of a goroutine that stands in here: its stack and the registers it must get back.
WEFT_NOINLINE std::uint64_t state_of(const goroutine& g) noexcept {
  __builtin_unwind_init();  // they are on the stack then: on x86-64 below the frame pointer
  const char* from = static_cast<const char*>(__builtin_frame_address(0));
#if defined(__x86_64__)
  constexpr std::ptrdiff_t k_registers = 5 * 8;
  from -= k_registers;
#endif
  return hash_of(from, g.stack.high);
}

}  // namespace

// Deciding happens on the stacks of goroutines, and what it leaves behind there would show in the
// parts of later frames that nobody writes to.
WEFT_NOINLINE void scrub_stack() noexcept {
  constexpr std::size_t k_deep = 6 * 1024;
  char below[k_deep];
  std::memset(below, 0, sizeof below);
  asm volatile("" : : "r"(below) : "memory");
}

// What the operation is that has been chosen: once it is done, the goroutine stands at another.
void engine::open_idle(const transition& t) {
  const goroutine& g = at(t.who);
  const pending& p = g.next;
  latest_.who = t.who;
  latest_.partner = t.partner;
  latest_.yields = p.what == sched::op::yield;
  latest_.tries = p.kind == pending::tries;
  latest_.only_looks = t.alt == k_else || (p.kind == pending::tries && t.alt != 0);
  latest_.objects.clear();
  switch (p.what) {
    case sched::op::yield:
    case sched::op::settle:
    case sched::op::atomic_load:
    case sched::op::context_err:
    case sched::op::chan_len:
    case sched::op::map_load:
      latest_.only_looks = true;
      break;
    default:
      break;
  }
  if (p.kind != pending::offers) {
    if (p.object != 0) latest_.objects.push_back(p.object);
    return;
  }
  // One that is not ready looks at all of its channels.
  for (std::size_t i = 0; i < g.offers.size(); ++i)
    if (g.offers[i].object != 0 && (t.alt == k_else || i == t.alt))
      latest_.objects.push_back(g.offers[i].object);
}

void engine::close_idle() {
  idling& i = at(latest_.who).idle;
  i.ran_at = step_count_;
  const bool fails = latest_.tries && only_tries_ && failed_;
  if ((latest_.yields && ++i.yields > k_free_yields) || (fails && ++i.fails > k_free_yields)) {
    i.yielded_at = step_count_;
    i.patient = fails;
    yielding_ = true;
  }
  if (latest_.only_looks || failed_ || left_alone_) {
    ++i.steps;
    for (std::uint32_t o : latest_.objects) i.seen.push_back({o, objects[o].version});
    return;
  }
  i.start_over();
  for (std::uint32_t o : latest_.objects) ++objects[o].version;
  if (latest_.partner == k_nobody) return;
  at(latest_.partner).idle.start_over();
  at(latest_.partner).idle.ran_at = step_count_;
}

void engine::look_for_spin(goroutine& g) {
  idling& i = g.idle;
  std::uint64_t now = state_of(g);
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

// Is there anybody who has stood still since g let others go first?
bool engine::is_awaited(const goroutine& g) noexcept {
  for (std::size_t k = 0; k < count_; ++k)
    if (k != g.id && at(k).at == stage::at_point && at(k).idle.ran_at < g.idle.yielded_at)
      return true;
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
    if (!waiting && !(g.idle.patient && is_awaited(g))) {
      g.idle.yielded_at = 0;
      continue;
    }
    yielding_ = true;
    if (!waiting) continue;
    std::erase_if(enabled_, [&](const transition& t) { return t.involves(g.id); });
  }
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
