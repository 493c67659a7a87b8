// SPDX-License-Identifier: Apache-2.0
// transitions.cc: what can happen next, and what it does to which objects.            Floor 6.

#include "check/engine.h"
#include "check/fine.h"

#include <algorithm>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

// While something else could happen, time passes only so often one after the other.
constexpr unsigned k_most_in_a_row = 4;

acc plain_access(sched::op what) noexcept {
  switch (what) {
    case sched::op::unlock:
      return acc::unlock;
    case sched::op::unlock_shared:
      return acc::unlock_shared;
    case sched::op::chan_close:
      return acc::close;
    case sched::op::chan_len:
      return acc::length;
    case sched::op::atomic_load:
    case sched::op::map_load:
    case sched::op::futex_wait:
    case sched::op::context_err:
    case sched::op::condition_sleep:
    case sched::op::cancel:  // that it ends something is told by a touch
      return acc::load;
    case sched::op::atomic_store:
    case sched::op::atomic_update:
    case sched::op::map_update:
    case sched::op::fence:
    case sched::op::heavy_fence:
    case sched::op::futex_wake:
    case sched::op::condition_wait:
    case sched::op::condition_notify:
      return acc::store;
    default:
      return acc::any;
  }
}

acc touched_access(sched::op what) noexcept {
  switch (what) {
    case sched::op::cancel:
      return acc::store;
    case sched::op::once_call:
      return acc::once_end;
    default:
      return plain_access(what);
  }
}

acc guarded_access(sched::op what) noexcept {
  switch (what) {
    case sched::op::lock:
      return acc::lock;
    case sched::op::announce:
      return acc::announce;
    case sched::op::drain:
      return acc::drain;
    case sched::op::lock_shared:
      return acc::lock_shared;
    case sched::op::wait_group_wait:
      return acc::wait;
    case sched::op::once_call:
      return acc::once_begin;
    default:
      return acc::any;
  }
}

acc tried_access(sched::op what) noexcept {
  switch (what) {
    case sched::op::try_lock:
      return acc::try_lock;
    case sched::op::try_lock_shared:
      return acc::try_lock_shared;
    default:
      return acc::any;
  }
}

sched::outlook look(const resolved_offer& o) noexcept {
  if (o.what.object == nullptr) return {};
  return o.what.look(o.what.object, o.what.sending);
}

}  // namespace

bool engine::meets(const goroutine& g, std::size_t offer) const noexcept {
  return look(g.offers[offer]).meets;
}

void engine::collect_all() {
  enabled_.clear();
  for (std::size_t i = 0; i < count_; ++i) at(i).in_event = false;  // here: not looked at yet
  if (last < count_) collect(at(last));
  for (std::size_t i = 0; i < count_; ++i)
    if (i != last) collect(at(i));
  only_tries_ = enabled_.empty();
  if (only_tries_) collect_patient_tries();
  const bool still = enabled_.empty();
  if (clock_ != nullptr && (still || passed_in_a_row_ < k_most_in_a_row) && next_due() != k_never)
    add({clock_->id, 0});
  if (yielding_ && !enabled_.empty()) let_others_first();
  if (!still || next_due() <= now_) return;
  for (std::size_t i = 0; i < count_; ++i)
    if (at(i).at == stage::at_point && at(i).next.kind == pending::stillness) add({at(i).id, 0});
}

void engine::collect(goroutine& g) {
  g.in_event = true;
  if (g.at != stage::at_point || (g.idle.spins && still_spins(g))) return;
  pending& p = g.next;
  switch (p.kind) {
    case pending::plain:
    case pending::counted:
      add({g.id, 0});
      break;
    case pending::guarded:
      if (p.ready(p.arg)) {
        add({g.id, 0});
      } else {
        p.was_blocked = true;
      }
      break;
    case pending::tries:
      collect_try(g);
      break;
    case pending::choice:
      for (std::int64_t i = 0; i < p.n; ++i) add({g.id, static_cast<std::uint16_t>(i)});
      break;
    case pending::offers:
      collect_offers(g);
      break;
    case pending::stillness:
    case pending::clock:
      break;  // see collect_all()
  }
}

// One more try has failed.
void engine::note_failed_try(goroutine& g) {
  if (std::ranges::find(g.tried, g.next.object) == g.tried.end()) {
    g.tried.push_back(g.next.object);
  } else {
    g.tried_again = true;
  }
}

// Since it may fail for no reason, that it is held is none: so its failure depends on nothing.
// Without a limit, two that take locks in different orders and back off could do so for ever.
void engine::collect_try(goroutine& g) {
  const pending& p = g.next;
  if (p.ready(p.arg)) add({g.id, 0});
  bool again = std::ranges::find(g.tried, p.object) != g.tried.end();
  if (!again || !g.tried_again) add({g.id, 1});
}

// If nobody else can go on, those who wait to try do, and fail.
void engine::collect_patient_tries() {
  for (std::size_t i = 0; i < count_; ++i) {
    const goroutine& g = at(i);
    if (g.at == stage::at_point && g.next.kind == pending::tries && !g.idle.spins) add({g.id, 0});
  }
  only_tries_ = !enabled_.empty();
}

void engine::collect_offers(goroutine& g) {
  bool ready = false;
  for (std::size_t i = 0; i < g.offers.size() && !(ready && g.next.ordered); ++i) {
    sched::outlook l = look(g.offers[i]);
    // A timer's value comes into being when somebody looks.
    bool now = l.ready || (l.timed && !g.offers[i].what.sending && l.due <= now_);
    if (now) {
      ready = true;
      add({g.id, static_cast<std::uint16_t>(i)});
    } else if (l.meets) {
      collect_meetings(g, i);
    }
  }
  if (!g.next.or_else || ready) return;
  // It may miss a partner that has only just come, but not one that was there when all was still.
  for (const transition& t : enabled_) {
    if (!t.involves(g.id) || t.partner == k_nobody) continue;
    if (at(t.who == g.id ? t.partner : t.who).next.settled) return;
  }
  add({g.id, k_else});
}

// With those who have not been looked at yet, so that no pair is found twice.
void engine::collect_meetings(goroutine& g, std::size_t i) {
  const resolved_offer& mine = g.offers[i];
  for (std::size_t k = 0; k < count_; ++k) {
    goroutine& h = at(k);
    if (h.at != stage::at_point || h.next.kind != pending::offers || h.id == g.id) continue;
    if (h.in_event) continue;
    if (g.next.or_else && h.next.or_else) continue;  // neither is there to be found
    for (std::size_t j = 0; j < h.offers.size(); ++j) {
      const resolved_offer& other = h.offers[j];
      if (other.object != mine.object || other.what.sending == mine.what.sending) continue;
      auto a = static_cast<std::uint16_t>(i);
      auto b = static_cast<std::uint16_t>(j);
      add(mine.what.sending ? transition{g.id, a, h.id, b} : transition{h.id, b, g.id, a});
    }
  }
}

void engine::describe_offer(const goroutine& g, std::uint16_t alt, bool meeting,
                            std::vector<access>& out) {
  for (std::size_t i = 0; i < g.offers.size(); ++i) {
    const resolved_offer& o = g.offers[i];
    if (o.object == 0) continue;
    bool sends = o.what.sending;
    if (alt == k_else) {
      out.push_back({o.object, sends ? acc::not_ready_send : acc::not_ready_recv, 0, 0});
      continue;
    }
    // Of an operation that need not block, it is also of interest that it did not have to fail.
    if (i != alt || g.next.or_else)
      out.push_back({o.object, sends ? acc::could_send : acc::could_recv, 0, 0});
    if (i != alt) continue;
    sched::outlook l = look(o);
    const object& at = objects[o.object];
    access a{o.object, acc::any, static_cast<std::uint32_t>(l.capacity), 0};
    if (meeting) {
      a.what = sends ? acc::meet_send : acc::meet_recv;
    } else if (l.timed) {
      a.what = acc::any;
    } else if (sends) {
      a.what = l.closed ? acc::closed_send : l.capacity != 0 ? acc::send : acc::any;
      a.n = at.sends;
    } else {
      a.what = l.count == 0 && l.closed ? acc::closed_recv : l.capacity != 0 ? acc::recv : acc::any;
      a.n = at.receives;
    }
    out.push_back(a);
  }
}

// What an operation on one of weft's own words depends on beside the word.
void engine::describe_fine(const pending& p, std::vector<access>& out) {
  switch (p.what) {
    case sched::op::heavy_fence:
      out.push_back({objects.number_of(fence_object()), acc::store, 0, 0});
      return;
    case sched::op::futex_wait:
      out.push_back({objects.number_of(sleepers_of(p.address)), acc::store, 0, 0});
      return;
    default:
      break;
  }
  if ((p.n & k_fine_seq_cst) != 0)
    out.push_back({objects.number_of(fence_object()), acc::load, 0, 0});
  // A heavy fence falls between any two operations of the others.
  if ((p.n & k_fine) != 0 && current_grain().asymmetric)
    out.push_back({objects.number_of(heavy_object()), acc::load, 0, 0});
}

void engine::describe(const goroutine& g, std::uint16_t alt, bool meeting,
                      std::vector<access>& out) {
  const pending& p = g.next;
  // Whatever is done is done at some time.
  if (clock_ != nullptr)
    out.push_back({clock_->next.object, is_clock(g) ? acc::store : acc::load, 0, 0});
  switch (p.kind) {
    case pending::plain:
      if (p.object != 0) out.push_back({p.object, plain_access(p.what), 0, 0});
      if (WEFT_UNLIKELY(seam::g_fine)) describe_fine(p, out);
      break;
    case pending::guarded:
      out.push_back({p.object, guarded_access(p.what), 0, 0});
      break;
    case pending::tries:
      if (alt == 0) {
        out.push_back({p.object, tried_access(p.what), 0, 0});
      } else {
        out.push_back({p.object, acc::try_missed, 0, p.ready(p.arg) ? 0U : 1U});
      }
      break;
    case pending::counted:
      out.push_back({p.object, p.n >= 0 ? acc::add : acc::done, 0, 0});
      break;
    case pending::stillness:
    case pending::choice:
    case pending::clock:
      break;
    case pending::offers:
      describe_offer(g, alt, meeting, out);
      break;
  }
}

void engine::begin_event(const transition& t) {
  goroutine& g = at(t.who);
  switch (g.next.what) {
    case sched::op::drain:
    case sched::op::lock:
      objects[g.next.object].holder = g.id;
      break;
    case sched::op::unlock:
      objects[g.next.object].holder = k_nobody;
      break;
    default:
      break;
  }
  if (!dependence_) {
    open_ = true;
    return;
  }
  event& e = events.emplace_back();
  e.what = t;
  e.op = g.next.what;
  e.first_access = static_cast<std::uint32_t>(accesses.size());
  bool meets = t.partner != k_nobody;
  describe(g, t.alt, meets, accesses);
  e.first_partners = static_cast<std::uint32_t>(accesses.size());
  if (meets) describe(at(t.partner), t.partner_alt, true, accesses);
  e.last_access = e.last_partners = static_cast<std::uint32_t>(accesses.size());
  open_ = true;
}

void engine::touch(sched::op what, const void* object) {
  acc did = touched_access(what);
  std::uint32_t number = objects.number_of(object);
  if (did != acc::load) ++objects[number].version;
  if (!dependence_ || !open_) return;
  accesses.push_back({number, did, 0, 0});
  events.back().last_access = static_cast<std::uint32_t>(accesses.size());
}

void engine::without_effect() noexcept {
  failed_ = true;
  if (!dependence_ || !open_) return;
  event& e = events.back();
  e.fails = true;
  for (std::uint32_t i = e.first_access; i < e.last_access; ++i) {
    acc& a = accesses[i].what;
    if (a == acc::store) a = acc::load;
    if (a == acc::once_begin) a = acc::once_seen;
    if (a == acc::close) a = acc::closed_send;
    if (a == acc::try_lock || a == acc::try_lock_shared) a = acc::try_failed;
  }
}

void engine::close_event() {
  if (std::exchange(open_, false)) {
    close_idle();
    if (dependence_) date_event();
    if (!draining_) strategy_->happened(*this);
    if (dependence_) enter_history();
  }
  if (dependence_) follow();
  followers_.clear();
}

// The clock of the last event, itself not included.
void engine::date_event() {
  event& e = events.back();
  tick* past = memory_of_clocks.take(width);
  std::copy_n(at(e.what.who).past, width, past);
  if (e.what.partner != k_nobody) join(past, at(e.what.partner).past, width);
  if (e.op == sched::op::settle || only_tries_)  // all that could happen has
    for (std::size_t i = 0; i < count_; ++i) join(past, at(i).past, width);
  for (std::uint32_t i = e.first_access; i < e.last_access; ++i) {
    const std::vector<object::entry>& history = objects[accesses[i].object].history;
    // From the newest on, as what comes before it is known then, too.
    for (std::size_t k = history.size(); k-- > 0;) {
      const event& earlier = events[history[k].event];
      if (!earlier.before(past) && related(history[k].what, accesses[i]).order)
        join(past, earlier.past, width);
    }
  }
  e.past = past;
}

void engine::enter_history() {
  event& e = events.back();
  auto number = static_cast<std::uint32_t>(events.size() - 1);
  for (std::uint32_t i = e.first_access; i < e.last_access; ++i) {
    object& o = objects[accesses[i].object];
    o.history.push_back({number, accesses[i]});
    if (accesses[i].what == acc::send) ++o.sends;
    if (accesses[i].what == acc::recv) ++o.receives;
  }
  goroutine& g = at(e.what.who);
  g.past_before = nullptr;
  e.own = e.past[g.id] = ++g.events;
  g.last_event = static_cast<std::int32_t>(number);
  if (e.what.partner != k_nobody) {
    goroutine& h = at(e.what.partner);
    h.past_before = nullptr;
    e.partners = e.past[h.id] = ++h.events;
    h.last_event = static_cast<std::int32_t>(number);
    std::copy_n(e.past, width, h.past);
  }
  std::copy_n(e.past, width, g.past);
}

// Whoever was woken comes after the event that woke it.
void engine::follow() {
  for (const follower& f : followers_) {
    if (f.from != nullptr) {
      join(f.who->past, f.from->past, width);
      continue;
    }
    if (!events.empty()) join(f.who->past, events.back().past, width);
  }
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
