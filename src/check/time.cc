// SPDX-License-Identifier: Apache-2.0
// time.cc: the clock that moves only when nothing else can.                           Floor 6.

#include "check/engine.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

// Once main has ended, what only tickers keep alive is given up after so many ticks.
constexpr unsigned k_ticks_after_main = 16;

nanotime_t due_of(const goroutine& g) noexcept {
  nanotime_t due = k_never;
  if (g.at != stage::at_point || g.next.kind != pending::offers) return due;
  for (const resolved_offer& o : g.offers) {
    if (o.what.object == nullptr || o.what.sending) continue;
    sched::outlook l = o.what.look(o.what.object, false);
    if (l.timed) due = std::min<nanotime_t>(due, l.due);
  }
  return due;
}

}  // namespace

bool engine::arm(timer_node& n, nanotime_t when) {
  n.when = when;
  n.heap.store(reinterpret_cast<timer_heap*>(this));
  // What is due already may be found so at once, or be late.
  bool at_once = when <= now_ && choose(2) == 0;
  timers_.push_back({&n, next_lineage(), in_timer_ ? firing_.who : current_->id, at_once});
  return true;
}

bool engine::disarm(timer_node& n) noexcept {
  auto found = std::ranges::find(timers_, &n, &armed_timer::node);
  if (found == timers_.end() && outer_ != nullptr) return outer_->disarm(n);
  n.heap.store(nullptr);
  if (found == timers_.end()) return false;
  timers_.erase(found);
  return true;
}

nanotime_t engine::next_due() {
  if (at(0).at == stage::ended && (time_ends_with_main || ticks_after_main_ >= k_ticks_after_main))
    return k_never;
  nanotime_t due = k_never;
  for (const armed_timer& t : timers_) due = std::min(due, t.node->when);
  for (std::size_t i = 0; i < count_; ++i) due = std::min(due, due_of(at(i)));
  return due;
}

// Time as a goroutine of its own, every step of which depends on everything.
void engine::start_clock() {
  goroutine& g = prepare("clock");
  clear(g);
  g.creator = nullptr;
  g.parent = k_nobody;
  g.lineage = 2;
  g.clock = memory_of_clocks.take(width);
  std::fill_n(g.clock, width, 0);
  if (dependence_) {
    g.past = memory_of_clocks.take(width);
    std::fill_n(g.past, width, 0);
  }
  g.next = {.kind = pending::clock, .what = sched::op::sleep, .object = objects.number_of(&now_)};
  g.at = stage::at_point;
  clock_ = &g;
}

// False if nothing is due, ever.
bool engine::advance_time() {
  nanotime_t due = next_due();
  if (due == k_never) return false;
  if (at(0).at == stage::ended) ++ticks_after_main_;
  if (record) note_time(std::max<nanotime_t>(due - now_, 0));
  now_ = std::max(now_, due);
  for (std::size_t i = 0; i < count_; ++i) {
    if (clock_ == nullptr) at(i).next.settled = true;
    at(i).idle.start_over();
  }
  if (dependence_ && clock_ == nullptr) {
    // Time passes only when all is still: all that was comes before all that will be.
    tick* all = memory_of_clocks.take(width);
    std::fill_n(all, width, 0);
    for (std::size_t i = 0; i < count_; ++i) join(all, at(i).past, width);
    for (std::size_t i = 0; i < count_; ++i) {
      goroutine& g = at(i);
      if (g.at == stage::at_point && g.past_before == nullptr)
        g.past_before = std::exchange(g.past, memory_of_clocks.take(width));
      std::copy_n(all, width, g.past);
    }
  }
  static_cast<void>(fire_due(true));
  return true;
}

// All that is due, or what does not wait until all is still. False if there is nothing.
bool engine::fire_due(bool all) {
  for (bool any = false;; any = true) {
    auto first = std::ranges::min_element(timers_, {}, [all](const armed_timer& t) {
      return std::tuple(!all && !t.at_once, t.node->when, t.lineage);
    });
    if (first == timers_.end() || first->node->when > now_ || !(all || first->at_once)) return any;
    firing_ = *first;
    timer_node* t = firing_.node;
    timers_.erase(first);
    t->heap.store(nullptr);
    in_timer_ = true;
    t->fire(*t, now_);
    in_timer_ = false;
  }
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
