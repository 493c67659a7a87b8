// SPDX-License-Identifier: Apache-2.0
// trace.cc: an execution row by row, for its table and its picture.                   Floor 6.

#include "check/describe.h"
#include "check/stacks.h"

#include <algorithm>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

using weft::check::detail::trace;

trace::mark mark_of(const access_site& s) {
  std::string text = s.frees ? "free" : s.write ? "write" : "read";
  if (s.by != sched::op::spawn) text = word_for(s.by);
  return {s.who, s.step, text + ": RACE", user_site(s.stack)};
}

// Of another goroutine, the row that comes before this step because of an edge: the unlock before a
// lock, the send of what is received, the store of what is loaded, the done() that ends a wait().
class causes {
 public:
  int of(const engine::step& s, int row) {
    if (s.object == 0) return -1;
    state& o = find(s.object);
    bool meets = s.what.what.partner != k_nobody;
    switch (s.what.op) {
      case sched::op::unlock:
      case sched::op::semaphore_release:
      case sched::op::chan_close:
      case sched::op::atomic_store:
        return set(o.last, row);
      case sched::op::wait_group_add:
        return s.note.starts_with('-') ? set(o.last, row) : -1;
      case sched::op::unlock_shared:
        return set(o.last_shared, row);
      case sched::op::lock:
      case sched::op::try_lock:
        return fails(s) ? -1 : std::max(o.last, o.last_shared);
      case sched::op::lock_shared:
      case sched::op::try_lock_shared:
      case sched::op::semaphore_acquire:
      case sched::op::semaphore_try_acquire:
      case sched::op::wait_group_wait:
      case sched::op::atomic_load:
      case sched::op::map_load:
        return fails(s) ? -1 : o.last;
      case sched::op::map_update:
        return std::exchange(o.last, row);
      case sched::op::atomic_update: {
        int before = o.last;
        if (s.value.find(" -> ") != std::string::npos) o.last = row;
        return before;
      }
      case sched::op::chan_send:
        if (!meets) o.sends.push_back(row);
        return -1;
      case sched::op::chan_recv:
        if (s.note == "closed") return o.last;
        return o.received < o.sends.size() ? o.sends[o.received++] : -1;
      default:
        return -1;
    }
  }

 private:
  struct state {
    std::uint32_t object;
    int last = -1;         // unlock, release, close, store, done
    int last_shared = -1;  // unlock_shared
    std::vector<int> sends;
    std::size_t received = 0;
  };
  static bool fails(const engine::step& s) { return s.note == "fails"; }
  static int set(int& last, int row) {
    last = row;
    return -1;
  }
  state& find(std::uint32_t object) {
    for (state& s : all_)
      if (s.object == object) return s;
    all_.push_back({.object = object, .sends = {}});
    return all_.back();
  }
  std::vector<state> all_;
};

// What each goroutine knows to have happened before, by edges that are drawn already: of the
// others, their last row in its past.
class pasts {
 public:
  explicit pasts(std::size_t lanes) : lanes_(lanes), now_(lanes, std::vector<int>(lanes, -1)) {}

  // Does the cause add anything to what is known without it?
  bool adds(const trace::row& r, const trace::row& cause) const {
    return cause.who != r.who && now_[r.who][cause.who] < r.cause;
  }
  void add(const trace::row& r, int row) {
    if (r.who >= lanes_) return at_.push_back({});
    std::vector<int>& mine = now_[r.who];
    if (r.cause >= 0) join(mine, at_[static_cast<std::size_t>(r.cause)]);
    mine[r.who] = row;
    if (r.partner < lanes_) {
      std::vector<int>& others = now_[r.partner];
      join(others, mine);
      if (!r.starts) join(mine, others);
    }
    for (std::uint16_t w : r.wakes) join(now_[w], mine);
    at_.push_back(mine);
  }

 private:
  static void join(std::vector<int>& to, const std::vector<int>& from) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = std::max(to[i], from[i]);
  }
  std::size_t lanes_;
  std::vector<std::vector<int>> now_;
  std::vector<std::vector<int>> at_;  // by row
};

// A step of outcomes() on a variable that is no atomic.
bool is_plain(engine& e, const engine::step& s) {
  return (s.what.op == sched::op::atomic_load || s.what.op == sched::op::atomic_store) &&
         !e.objects[s.object].writes.empty();
}

// The other side of a meeting over a channel.
std::string met_by(const engine::step& s) {
  bool sends = s.what.op == sched::op::chan_send || s.note.starts_with("send");
  return (sends ? "recv" : "send") + object_name(s.object);
}

// How it is left; empty if that is no part of what went wrong.
std::string end_of(engine& e, const goroutine& g, outcome why) {
  switch (why) {
    case outcome::bound:
      if (can_go_on(e, g.id)) return "could go on: " + waits_for(e, g);
      [[fallthrough]];
    case outcome::livelock:
      if (g.at == stage::at_point && g.idle.spins) return "goes round: " + waits_for(e, g);
      [[fallthrough]];
    case outcome::deadlock:
    case outcome::leak:
      return "blocked: " + waits_for(e, g);
    default:
      return {};
  }
}

}  // namespace

std::string text_of(engine& e, const engine::step& s) {
  if (s.what.op == sched::op::sleep && !s.value.empty()) return "time passes: " + s.value;
  if (s.what.op == sched::op::spawn) return "go g" + std::to_string(s.what.what.partner);
  std::string out(word_for(s.what.op));
  if (is_plain(e, s)) out = s.what.op == sched::op::atomic_load ? "read" : "write";
  out += object_name(s.object);
  if (!s.note.empty()) out += (s.object == 0 ? " " : ": ") + s.note;
  if (!s.value.empty()) out += ": " + s.value;
  const char* before = ": wakes ";
  for (std::uint16_t g : s.woken) out += std::exchange(before, ", ") + name_of(e, g);
  return out;
}

std::shared_ptr<const trace> trace_of(engine& e, outcome why) {
  constexpr std::size_t k_most = 20'000;
  auto t = std::make_shared<trace>();
  t->title = describe(e, why).what;
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    const goroutine& g = e.at(i);
    trace::lane l;
    l.name = name_of(e, g.id);
    if (e.is_left(i)) l.end = end_of(e, g, why);
    l.made = user_site(g.made);
    t->lanes.push_back(std::move(l));
  }
  causes known;
  pasts past(t->lanes.size());
  std::uint16_t before = k_nobody;
  const std::size_t shown = std::min(e.steps.size(), k_most);
  t->before = e.steps_taken() - shown;
  for (std::size_t i = 0; i < shown; ++i) {
    const engine::step& s = e.steps[e.steps.size() - shown + i];
    trace::row r;
    r.who = s.what.what.who;
    r.partner = s.what.what.partner;
    r.text = text_of(e, s);
    r.value = s.value;
    r.site = user_site(s.stack);
    r.switched = s.switched;
    r.left = s.left;
    r.left_who = before;
    r.starts = s.what.op == sched::op::spawn;
    r.wakes = s.woken;
    if (r.partner != k_nobody && !r.starts) r.met = met_by(s);
    if (!is_plain(e, s)) r.cause = known.of(s, static_cast<int>(i));
    if (r.cause >= 0 && !past.adds(r, t->rows[static_cast<std::size_t>(r.cause)])) r.cause = -1;
    past.add(r, static_cast<int>(i));
    if (r.who != k_nobody && !r.starts) before = r.who;
    if (r.starts && r.partner < t->lanes.size()) t->lanes[r.partner].from = i + 1;
    t->rows.push_back(std::move(r));
  }
  if (why == outcome::race && !e.races.empty())
    t->marks = {mark_of(e.races.front().before), mark_of(e.races.front().now)};
  if (why == outcome::failure && e.failed.who < e.goroutines())
    t->marks = {{e.failed.who, e.failed.step, "FAILS",
                 e.failed_at.empty() ? user_site(e.failed.stack) : e.failed_at}};
  for (trace::mark& m : t->marks) m.after -= std::min(m.after, t->before);
  return t;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
