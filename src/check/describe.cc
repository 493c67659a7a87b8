// SPDX-License-Identifier: Apache-2.0
// describe.cc: an execution in words.                                                 Floor 6.

#include "check/describe.h"

#include "check/stacks.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

std::string object_name(std::uint32_t number) {
  return number == 0 ? std::string() : " #" + std::to_string(number);
}

namespace {

// What a goroutine that stands or is parked waits for, with the objects of a select.
std::string objects_of(const goroutine& g) {
  if (g.at != stage::at_point || g.next.kind != pending::offers || g.offers.size() < 2)
    return object_name(g.next.object);
  std::string out;
  for (const resolved_offer& o : g.offers)
    out += (out.empty() ? " " : ", ") + std::string(o.what.sending ? "send #" : "recv #") +
           std::to_string(o.object);
  return out;
}

std::string_view reason(const goroutine& g) noexcept {
  if (g.at == stage::parked) return reason_text(g.why);
  switch (g.next.what) {
    case sched::op::chan_send:
      return "chan send";
    case sched::op::chan_recv:
      return "chan receive";
    case sched::op::select:
      return g.offers.empty() ? "select (no cases)" : "select";
    case sched::op::lock:
      return "sync.Mutex.Lock";
    case sched::op::announce:
    case sched::op::drain:
      return "sync.RWMutex.Lock";
    case sched::op::lock_shared:
      return "sync.RWMutex.RLock";
    case sched::op::wait_group_wait:
      return "sync.WaitGroup.Wait";
    case sched::op::once_call:
      return reason_text(wait_reason::mutex_lock);
    default:
      return word_for(g.next.what);
  }
}

// Who has the lock that g waits for; empty if that is not known.
std::string holder_of(engine& e, const goroutine& g) {
  if (g.at != stage::at_point || g.next.object == 0) return {};
  switch (g.next.what) {
    case sched::op::lock:
    case sched::op::lock_shared:
    case sched::op::announce:
    case sched::op::drain:
      break;
    default:
      return {};
  }
  std::uint16_t holder = e.objects[g.next.object].holder;
  return holder == k_nobody ? std::string() : name_of(e, holder);
}

void blocked(engine& e, std::string& out) {
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    goroutine& g = e.at(i);
    if (!e.is_left(i)) continue;
    out += "  " + name_of(e, g.id) + " [" + std::string(reason(g)) + "]" + objects_of(g);
    if (std::string site = user_site(stack_of(g)); !site.empty()) out += " at " + site;
    if (std::string holder = holder_of(e, g); !holder.empty()) out += ", held by " + holder;
    out += '\n';
    if (std::string site = user_site(g.made); !site.empty())
      out += "      started by " + name_of(e, g.parent) + " at " + site + "\n";
  }
}

std::string_view race_title(const race_found& r) noexcept {
  if (!r.before.frees) return "data race";
  return r.now.frees ? "double free" : "use after free";
}

void side(engine& e, const access_site& s, std::string_view lead, std::string& out) {
  out += "  " + std::string(lead);
  if (s.frees) {
    out += "free by ";
  } else {
    out += s.atomic ? "atomic " : "";
    out += (s.write ? "write of " : "read of ") + std::to_string(s.size);
    out += s.size == 1 ? " byte by " : " bytes by ";
  }
  out += name_of(e, s.who) + ":\n";
  for (const std::string& line : user_frames(s.stack)) out += "      " + line + "\n";
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table
std::string_view word_for(sched::op what) noexcept {
  switch (what) {
    case sched::op::spawn:
      return "go";
    case sched::op::yield:
      return "yield";
    case sched::op::sleep:
      return "sleep";
    case sched::op::chan_send:
      return "send";
    case sched::op::chan_recv:
      return "recv";
    case sched::op::chan_close:
      return "close";
    case sched::op::chan_len:
      return "size";
    case sched::op::select:
      return "select";
    case sched::op::lock:
      return "lock";
    case sched::op::try_lock:
      return "try_lock";
    case sched::op::unlock:
      return "unlock";
    case sched::op::wait_group_add:
      return "wait_group::add";
    case sched::op::wait_group_wait:
      return "wait_group::wait";
    case sched::op::once_call:
      return "once::call";
    case sched::op::condition_wait:
      return "condition wait";
    case sched::op::condition_notify:
      return "notify";
    case sched::op::semaphore_acquire:
      return "acquire";
    case sched::op::semaphore_try_acquire:
      return "try_acquire";
    case sched::op::semaphore_release:
      return "release";
    case sched::op::lock_shared:
      return "lock_shared";
    case sched::op::try_lock_shared:
      return "try_lock_shared";
    case sched::op::unlock_shared:
      return "unlock_shared";
    case sched::op::atomic_load:
      return "atomic load";
    case sched::op::atomic_store:
      return "atomic store";
    case sched::op::atomic_update:
      return "atomic update";
    case sched::op::timer_stop:
      return "timer stop";
    case sched::op::timer_reset:
      return "timer reset";
    case sched::op::cancel:
      return "cancel";
    case sched::op::map_load:
      return "map load";
    case sched::op::map_update:
      return "map update";
    case sched::op::map_range:
      return "map range";
    case sched::op::container_push:
      return "push";
    case sched::op::container_pop:
      return "pop";
    case sched::op::pool_get:
      return "pool get";
    case sched::op::pool_put:
      return "pool put";
    case sched::op::settle:
      return "settle";
    case sched::op::announce:
      return "lock (announced)";
    case sched::op::drain:
      return "lock (readers gone)";
    case sched::op::fence:
      return "fence";
    case sched::op::heavy_fence:
      return "heavy fence";
    case sched::op::futex_wait:
      return "futex wait";
    case sched::op::futex_wake:
      return "futex wake";
    case sched::op::condition_sleep:
      return "condition sleep";
    case sched::op::context_err:
      return "context err";
  }
  return "?";
}

std::string name_of(engine& e, std::uint16_t g) {
  if (g == 0) return "main";
  if (g == k_nobody) return "nobody";
  std::string out = "g" + std::to_string(g);
  if (g < e.goroutines() && !e.at(g).name.empty()) out += " (" + e.at(g).name + ")";
  return out;
}

weft::check::finding describe(engine& e, outcome why, std::size_t race) {
  weft::check::finding f;
  switch (why) {
    case outcome::deadlock:
      f.what = "deadlock: all goroutines are asleep";
      break;
    case outcome::leak:
      f.what = "leak: goroutines are blocked for ever after main has returned";
      break;
    case outcome::livelock:
      f.what = "livelock: who can go on does the same for ever";
      break;
    case outcome::bound:
      f.what = e.message;
      if (f.what.empty())
        f.what = "step bound: no end after " + std::to_string(e.max_steps) +
                 " steps (options::max_steps)";
      break;
    case outcome::race:
      f.what = race < e.races.size() ? race_title(e.races[race]) : "data race";
      break;
    case outcome::mismatch:
      f.what = e.mismatch;
      if (f.what.empty())
        f.what =
            "the program changed, or does not do the same each time: the schedule does not fit";
      break;
    default:
      f.what = e.message;
      break;
  }
  f.text = f.what + "\n";
  if (why == outcome::race && race < e.races.size()) {
    side(e, e.races[race].now, "", f.text);
    bool used = e.races[race].before.frees;
    side(e, e.races[race].before, used ? "after the " : "not ordered after the earlier ", f.text);
  }
  if (why == outcome::deadlock || why == outcome::leak || why == outcome::livelock ||
      why == outcome::bound)
    blocked(e, f.text);
  return f;
}

std::string waits_for(engine& e, const goroutine& g) {
  std::string out = std::string(reason(g)) + objects_of(g);
  if (std::string holder = holder_of(e, g); !holder.empty()) out += ", held by " + holder;
  return out;
}

namespace {

using weft::check::detail::trace;

trace::mark mark_of(const access_site& s) {
  return {s.who, s.step, s.frees ? "free" : s.write ? "write" : "read", user_site(s.stack)};
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
      case sched::op::chan_close:
      case sched::op::atomic_store:
        return set(o.last, row);
      case sched::op::wait_group_add:
        return s.note.starts_with('-') ? set(o.last, row) : -1;
      case sched::op::lock:
      case sched::op::wait_group_wait:
      case sched::op::atomic_load:
        return o.last;
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
    int last = -1;  // unlock, close, store, done
    std::vector<int> sends;
    std::size_t received = 0;
  };
  static int set(int& last, int row) {
    last = row;
    return -1;
  }
  state& find(std::uint32_t object) {
    for (state& s : all_)
      if (s.object == object) return s;
    all_.push_back({object, -1, {}, 0});
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

std::string text_of(engine& e, const engine::step& s) {
  if (s.what.op == sched::op::sleep && !s.value.empty()) return "time passes: " + s.value;
  if (s.what.op == sched::op::spawn) return "go g" + std::to_string(s.what.what.partner);
  std::string out(word_for(s.what.op));
  if (is_plain(e, s)) out = s.what.op == sched::op::atomic_load ? "read" : "write";
  out += object_name(s.object);
  if (!s.note.empty()) out += (s.object == 0 ? " " : ": ") + s.note;
  if (!s.value.empty()) out += ": " + s.value;
  return out;
}

// The other side of a meeting over a channel.
std::string met_by(const engine::step& s) {
  bool sends = s.what.op == sched::op::chan_send || s.note.starts_with("send");
  return (sends ? "recv" : "send") + object_name(s.object);
}

}  // namespace

std::shared_ptr<const trace> trace_of(engine& e, outcome why) {
  constexpr std::size_t k_most = 400;
  auto t = std::make_shared<trace>();
  t->title = describe(e, why).what;
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    const goroutine& g = e.at(i);
    trace::lane l;
    l.name = name_of(e, g.id);
    bool stuck = why == outcome::deadlock || why == outcome::leak;
    if (stuck && e.is_left(i)) l.end = "blocked: " + waits_for(e, g);
    l.made = user_site(g.made);
    t->lanes.push_back(std::move(l));
  }
  causes known;
  pasts past(t->lanes.size());
  std::uint16_t before = k_nobody;
  for (std::size_t i = 0; i < e.steps.size() && i < k_most; ++i) {
    const engine::step& s = e.steps[i];
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
    if (r.partner != k_nobody && !r.starts) r.met = met_by(s);
    if (!is_plain(e, s)) r.cause = known.of(s, static_cast<int>(i));
    if (r.cause >= 0 && !past.adds(r, t->rows[static_cast<std::size_t>(r.cause)])) r.cause = -1;
    past.add(r, static_cast<int>(i));
    if (r.who != k_nobody && !r.starts) before = r.who;
    if (r.starts && r.partner < t->lanes.size()) t->lanes[r.partner].from = i + 1;
    t->rows.push_back(std::move(r));
  }
  t->left_out = e.steps.size() - t->rows.size();
  if (why == outcome::race && !e.races.empty())
    t->race = {mark_of(e.races.front().before), mark_of(e.races.front().now)};
  return t;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
