// SPDX-License-Identifier: Apache-2.0
// futex.cc: sleeping on a word under the checker, as os/futex.h promises it; parking at the grain
// of atomics.                                                                         Floor 6.

#include "os/futex.h"

#include "check/engine.h"
#include "check/fine.h"

#include <weft/detail/runtime/thread_slot.h>

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

using checker::engine;

struct sleeper {
  goroutine* who;
  const void* word;
};
// Of the execution that goes on.
struct sleepers {
  std::vector<sleeper> all;  // in the order in which they came
  std::vector<bool> startled;
};
sleepers g_sleepers;
std::vector<thread_slot> g_slots_before;
std::vector<thread_slot>
    g_slots;  // by goroutine; they outlast an execution, as what they hold does

engine* running() noexcept { return seam::g_fine ? engine::of_program() : nullptr; }

void stand_at(engine& e, sched::op what, const void* object) {
  goroutine& g = *e.current();
  g.next = {.kind = checker::pending::plain,
            .what = what,
            .object = e.objects.number_of(object),
            .address = object,
            .n = checker::k_fine};
  e.stand(g);
}

}  // namespace

namespace os {

// What the word holds is looked at by the kernel: never an older value.
void futex_wait(shared_word<std::uint32_t>& word, std::uint32_t expected) noexcept {
  engine* e = running();
  if (e == nullptr) {
    // Nobody is ever switched out of while it holds one.
    if (engine* all = engine::of_program(); all != nullptr && !seam::g_fine)
      all->fail(
          checker::outcome::failure,
          "misuse: an object is used that is no more, or never was: a lock within it is held");
    return;
  }
  stand_at(*e, sched::op::futex_wait, &word);
  goroutine& g = *e->current();
  if (reinterpret_cast<const std::uint32_t&>(word) != expected) {
    e->without_effect();
    return;
  }
  sleepers& s = g_sleepers;
  if (checker::current_grain().spurious && !s.startled[g.id] && e->choose(2) == 1) {
    s.startled[g.id] = true;
    return;
  }
  s.all.push_back({&g, &word});
  e->park(g, wait_reason::blocking_call, nullptr, nullptr);
}

// The time never runs out: what is to be found must be found by a wake-up.
bool futex_wait_for(shared_word<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t) noexcept {
  futex_wait(word, expected);
  return true;
}

void futex_wake(shared_word<std::uint32_t>& word, int count) noexcept {
  engine* e = running();
  if (e == nullptr) return;
  stand_at(*e, sched::op::futex_wake, checker::sleepers_of(&word));
  std::vector<sleeper>& all = g_sleepers.all;
  for (; count > 0; --count) {
    auto sleeps_here = [&](const sleeper& s) { return s.word == &word; };
    auto n = static_cast<unsigned>(std::ranges::count_if(all, sleeps_here));
    if (n == 0) return;
    auto at = std::ranges::find_if(all, sleeps_here);
    for (unsigned i = e->choose(n); i > 0; --i) at = std::find_if(at + 1, all.end(), sleeps_here);
    goroutine* woken = at->who;
    all.erase(at);
    e->make_runnable(*woken);
  }
}

bool membarrier_init() noexcept { return true; }
void membarrier(const seam::place& at) noexcept {
  if (seam::g_fine) seam::heavy_fence(at);
}

}  // namespace os

namespace checker {

void forget_sleepers(const engine& e) noexcept {
  g_sleepers.all.clear();
  g_sleepers.startled.assign(e.width, false);
  g_slots_before = g_slots;
}
void restore_slots() noexcept { g_slots = g_slots_before; }

// A goroutine that parks is one that runs its commit action and then stops, unless it has been
// made ready meanwhile.
void fine_park(engine& e, goroutine& g, unsigned char why, void (*commit)(void*) noexcept,
               void* arg) noexcept {
  g.parking = goroutine::parks::going;
  if (commit != nullptr) commit(arg);
  if (g.parking == goroutine::parks::woken) {
    if (g.woken_by < e.events.size()) join(g.past, e.events[g.woken_by].past, e.width);
  } else {
    g.parking = goroutine::parks::asleep;
    e.park(g, static_cast<wait_reason>(why), nullptr, nullptr);
  }
  g.parking = goroutine::parks::no;
  learn_both(e, g, g.woken_with);
}

void fine_ready(engine& e, goroutine& g) noexcept {
  bool asleep = g.parking == goroutine::parks::asleep;
  if (!asleep && g.parking != goroutine::parks::going)
    e.fail(outcome::failure, "ready() of a goroutine that is not parked, or is ready already");
  g.parking = goroutine::parks::woken;
  g.woken_with = publish_both(e, *e.current());
  // Its own commit action has found that it need not park: it knows its own past.
  bool by_itself = &g == e.current();
  g.woken_by = by_itself ? ~0U : static_cast<std::uint32_t>(e.events.size() - 1);
  if (asleep) e.make_runnable(g);
}

thread_slot& fine_thread_slot(engine& e) noexcept {
  if (g_slots.size() < e.width) g_slots.resize(e.width);
  return g_slots[e.current()->id];
}

}  // namespace checker
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
