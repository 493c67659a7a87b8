// SPDX-License-Identifier: Apache-2.0
// exhaustive.cc: see exhaustive.h.                                                    Floor 6.

#include "check/exhaustive.h"

#include "check/describe.h"
#include "check/mix.h"
#include "check/stacks.h"

#include <algorithm>
#include <string>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

exhaustive::frame& exhaustive::push() {
  if (depth_ == frames_.size()) frames_.emplace_back();
  frame& f = frames_[depth_++];
  f.options.clear();
  f.sleep_count = 0;
  f.value = false;
  return f;
}

bool exhaustive::begin(engine&) {
  at_ = 0;
  event_frame_ = ~std::size_t{0};
  changed_ = 0;
  if (!started_) {
    started_ = true;
    return true;
  }
  for (; depth_ != 0; --depth_) {
    frame& f = frames_[depth_ - 1];
    changed_ = depth_ - 1;
    if (f.value) {
      if (++f.choice < f.values) return true;
    } else if (choose_next(f)) {
      return true;
    }
  }
  exhausted_ = !lost_sight_;
  complete_ = exhausted_ && !bounded_;
  return false;
}

// As if what is still to be tried were as large as what has been (D. Knuth, "Estimating the
// efficiency of backtrack programs", 1975).
double exhaustive::progress() const noexcept {
  double seen = 0;
  double part = 1;
  for (std::size_t i = 0; i < depth_; ++i) {
    const frame& f = frames_[i];
    double all = 0;
    double done = 0;
    if (f.value) {
      all = f.values;
      done = f.choice;
    } else {
      for (const option& o : f.options) {
        if (!o.backtrack || (o.sleeps && !o.done)) continue;
        ++all;
        done += o.done ? 1 : 0;
      }
    }
    if (all < 1) continue;
    seen += part * done / all;
    part /= all;
  }
  return seen;
}

bool exhaustive::allowed(const frame& f, const option& o) noexcept {
  if (bound_ < 0 || !o.preempts || f.preemptions < static_cast<std::uint32_t>(bound_)) return true;
  bounded_ = true;
  return false;
}

bool exhaustive::choose_next(frame& f) {
  f.options[f.choice].done = true;
  for (std::size_t i = 0; i < f.options.size(); ++i) {
    option& o = f.options[i];
    if (!o.backtrack || o.done || o.sleeps || !allowed(f, o)) continue;
    f.choice = static_cast<unsigned>(i);
    return true;
  }
  return false;
}

// What slept at the last event's frame, or was done there, and commutes with that event.
void exhaustive::inherit_sleep(frame& f) {
  f.sleep_count = 0;
  if (event_frame_ == ~std::size_t{0}) return;
  frame& from = frames_[event_frame_];
  const option& taken = from.options[from.choice];
  // The accesses of the event itself are the last ones in from.sleep, put there by happened().
  const std::vector<access>& did = from.sleep[from.sleep_count - 1].accesses;
  for (std::size_t i = 0; i + 1 < from.sleep_count; ++i) {
    const asleep& s = from.sleep[i];
    if (s.what.involves(taken.what.who) ||
        (taken.what.partner != k_nobody && s.what.involves(taken.what.partner)))
      continue;
    bool commutes = std::ranges::all_of(s.accesses, [&](const access& a) {
      return std::ranges::all_of(did, [&](const access& b) { return independent(a, b); });
    });
    if (!commutes) continue;
    if (f.sleep_count == f.sleep.size()) f.sleep.emplace_back();
    asleep& mine = f.sleep[f.sleep_count++];
    mine.what = s.what;
    mine.accesses = s.accesses;
  }
}

void exhaustive::count_paths(frame& f) const noexcept {
  f.paths = 1;
  f.path = 0;
  if (depth_ < 2) return;
  const frame& before = frames_[depth_ - 2];
  f.paths = shared(before) ? before.paths * (before.value ? before.values : before.options.size())
                           : before.paths;
  f.path = path_after(before);
}

std::uint64_t exhaustive::path_after(const frame& f) noexcept {
  return mix(f.path + f.choice + 1, 0);
}

// One so short that it was not given to a shard yet belongs to one all the same.
bool exhaustive::counts() const noexcept {
  if (shards_ < 2) return true;
  if (depth_ == 0) return shard_ == 0;
  const frame& f = frames_[depth_ - 1];
  return !shared(f) || path_after(f) % shards_ == shard_;
}

void exhaustive::enter(engine& e, frame& f, std::span<const transition> enabled) {
  inherit_sleep(f);
  // What sleeps has been seen, but perhaps not to its end, if there is a bound.
  bool sleeps = reduce_ && bound_ < 0;
  f.preemptions = e.preemptions;
  f.last = e.last;
  for (const transition& t : enabled) {
    const pending& next = e.at(t.who).next;
    option o{.what = t, .operation = next.what, .object = next.object, .preempts = e.preempts(t)};
    // Which of those goes on whom nothing but others hold up, is a choice that no race shows.
    o.backtrack = !reduce_ || shared(f) || e.only_tries();
    for (std::size_t i = 0; sleeps && i < f.sleep_count && !o.sleeps; ++i)
      o.sleeps = f.sleep[i].what == t;
    f.options.push_back(o);
  }
}

void exhaustive::add_option(frame& f, option& o) {
  o.backtrack = true;
  // Whatever else a participant could do instead is a choice of its own, that no race shows.
  for (option& other : f.options) {
    if (other.backtrack) continue;
    for (std::uint16_t g : {o.what.who, o.what.partner})
      if (g != k_nobody && other.what.involves(g) && other.what.alt_of(g) != o.what.alt_of(g))
        other.backtrack = true;
  }
}

// What could be done here when it was first seen, and what now; empty if that is the same. Objects
// are not compared: a test that begins with the end of what its last run has left numbers them
// otherwise from then on.
std::string exhaustive::difference(engine& e, const frame& f, std::span<const transition> enabled) {
  auto same = [&e](const option& before, const transition& now) {
    return before.what == now && before.operation == e.at(now.who).next.what;
  };
  // Almost always, and then nothing is allocated: where weft's own algorithms are looked at, what
  // they do may depend on addresses.
  auto [was, is] = std::ranges::mismatch(f.options, enabled, same);
  if (!f.value && was == f.options.end() && is == enabled.end()) return {};
  std::string where = "the test does not do the same each time: after the same " +
                      std::to_string(e.decisions.size()) + " steps, ";
  if (f.value) return where + "it chose a number, and now it does not";
  auto words = [&e](std::uint16_t who, sched::op what, std::uint32_t object) {
    return name_of(e, who) + " to " + std::string(word_for(what)) + object_name(object);
  };
  std::string before = "nobody";
  if (was != f.options.end()) before = words(was->what.who, was->operation, was->object);
  std::string now = "nobody";
  if (is != enabled.end()) {
    const goroutine& g = e.at(is->who);
    now = words(g.id, g.next.what, g.next.object);
    bool decides = &g == e.current();  // the decision is made on its stack
    std::string site = user_site(decides ? stack_of_caller(g) : stack_of(g));
    if (!site.empty()) now += " at " + site;
  }
  where += "it was for ";
  where += before;
  where += ", and is now for ";
  where += now;
  return where;
}

std::size_t exhaustive::pick(engine& e, std::span<const transition> enabled) {
  if (at_ < depth_) {
    frame& f = frames_[at_];
    event_frame_ = at_++;
    // The same beginning must give the same choices.
    e.mismatch = difference(e, f, enabled);
    return e.mismatch.empty() ? f.choice : k_mismatch;
  }
  frame& f = push();
  count_paths(f);
  enter(e, f, enabled);
  event_frame_ = at_++;
  bool another_shards = shards_ > 1 && !shared(f) && depth_ > 1 && shared(frames_[depth_ - 2]) &&
                        f.path % shards_ != shard_;
  if (another_shards) {
    f.choice = 0;
    f.options[0].backtrack = true;
    return k_prune;
  }
  for (std::size_t i = 0; i < f.options.size(); ++i) {
    if (f.options[i].sleeps || !allowed(f, f.options[i])) continue;
    f.choice = static_cast<unsigned>(i);
    add_option(f, f.options[i]);
    return f.choice;
  }
  f.choice = 0;
  // What is pending might have competed with what came before, had it not been left out.
  ended(e);
  return k_prune;
}

unsigned exhaustive::value(engine&, unsigned n) {
  if (at_ < depth_) return frames_[at_++].choice;
  frame& f = push();
  count_paths(f);
  f.value = true;
  f.values = n;
  f.choice = 0;
  ++at_;
  return 0;
}

// What comes before that which g is about to do, or has just done, but for the passing of time.
static const tick* stood_with(const goroutine& g) noexcept {
  return g.past_before != nullptr ? g.past_before : g.past;
}

void exhaustive::happened(engine& e) {
  event& last = e.events.back();
  last.frame = static_cast<std::uint32_t>(event_frame_);
  frame& f = frames_[event_frame_];
  // Remembered as done, for those who come after it here. One entry for each transition, the one
  // of this execution last.
  std::size_t i = 0;
  while (i < f.sleep_count && !(f.sleep[i].what == last.what)) ++i;
  if (i == f.sleep_count) {
    if (f.sleep_count == f.sleep.size()) f.sleep.emplace_back();
    ++f.sleep_count;
  } else {
    std::swap(f.sleep[i], f.sleep[f.sleep_count - 1]);
  }
  asleep& done = f.sleep[f.sleep_count - 1];
  done.what = last.what;
  done.accesses.assign(e.accesses.begin() + last.first_access,
                       e.accesses.begin() + last.last_access);
  // Races of earlier frames were found when this event was new, and the frames know.
  if (at_ <= changed_ || !reduce_) return;
  auto number = static_cast<std::uint32_t>(e.events.size() - 1);
  note_cases(std::span(e.accesses).subspan(last.first_access));
  for (std::uint32_t k = last.first_access; k < last.last_access; ++k) {
    const access& a = e.accesses[k];
    bool partners = k >= last.first_partners && k < last.last_partners;
    std::uint16_t g = partners ? last.what.partner : last.what.who;
    // One half of a rendezvous needs nothing of what the other half needed.
    bool half = last.what.partner != k_nobody && k < last.last_partners;
    after_ = half ? stood_with(e.at(g)) : last.past;
    race_of(e, g, number, a);
  }
}

// Where the other order means another rendezvous: with whom of the earlier event.
static std::uint16_t whom_to_meet(const event& earlier, acc then, acc now) noexcept {
  bool sends = now == acc::meet_send || now == acc::not_ready_send;
  bool receives = now == acc::meet_recv || now == acc::not_ready_recv;
  if (sends && then == acc::meet_send) return earlier.what.partner;
  if (receives && then == acc::meet_recv) return earlier.what.who;
  if (now == acc::not_ready_send && then == acc::meet_recv) return earlier.what.partner;
  if (now == acc::not_ready_recv && then == acc::meet_send) return earlier.what.who;
  if (now == acc::meet_send && then == acc::not_ready_recv) return earlier.what.who;
  if (now == acc::meet_recv && then == acc::not_ready_send) return earlier.what.who;
  return k_nobody;
}

// The races of access `a`, which goroutine g makes in event `number`, or would make if it could.
void exhaustive::race_of(engine& e, std::uint16_t g, std::uint32_t number, const access& a) {
  const tick* past = stood_with(e.at(g));
  known_.assign(past, past + e.width);
  const std::vector<object::entry>& history = e.objects[a.object].history;
  for (std::size_t i = history.size(); i-- > 0;) {
    const object::entry& h = history[i];
    if (h.event >= number) continue;
    const event& earlier = e.events[h.event];
    if (earlier.what.involves(g) || earlier.before(known_.data())) continue;
    relation r = related(h.what, a);
    if (!r.race && !r.order) continue;
    bool possible = true;
    if (r.race)
      possible = reverse(e, h.event, number, g, whom_to_meet(earlier, h.what.what, a.what));
    // What cannot come first itself, hides nothing that comes before it.
    if (r.order && r.race && possible) join(known_.data(), earlier.past, e.width);
  }
}

// Of what is to be reversed: which cases it had beside what it did.
void exhaustive::note_cases(std::span<const access> all) {
  cases_.clear();
  for (const access& a : all)
    if (a.what == acc::could_send || a.what == acc::could_recv) cases_.push_back(a);
}

// Without `f` it would have had another choice: it is not this that it stood there about to do.
bool exhaustive::gives_choice(const engine& e, const event& f) const noexcept {
  return std::ranges::any_of(cases_, [&](const access& mine) {
    for (std::uint32_t i = f.first_access; i < f.last_access; ++i)
      if (e.accesses[i].object == mine.object && related(e.accesses[i], mine).race) return true;
    return false;
  });
}

// What, of the events after `earlier` that do not depend on it, can come first.
// True if the access to be reversed, which is to come after them, is not bound to.
bool exhaustive::find_initials(engine& e, std::uint32_t earlier, std::uint32_t number) {
  initials_.clear();
  bool free = true;
  const event& from = e.events[earlier];
  for (std::uint32_t i = earlier + 1; i < number; ++i) {
    const event& f = e.events[i];
    if (from.before(f.past)) continue;
    free = free && !f.before(after_) && !gives_choice(e, f);
    // An event that follows another one which is no initial follows an initial, too.
    bool first = std::ranges::none_of(initials_,
                                      [&](std::uint32_t k) { return e.events[k].before(f.past); });
    if (first) initials_.push_back(i);
  }
  return free;
}

// Lets something happen before `earlier` that brings about the access of g before it. False if
// there is nothing: g stood there, and could not go on.
bool exhaustive::reverse(engine& e, std::uint32_t earlier, std::uint32_t number, std::uint16_t g,
                         std::uint16_t partner) {
  if (bound_ >= 0) {
    reverse_bounded(e.events[earlier].frame, g);
    return true;
  }
  frame& f = frames_[e.events[earlier].frame];
  bool free = find_initials(e, earlier, number);
  for (std::uint32_t i : initials_)
    for (const option& o : f.options)
      if (o.backtrack && o.what == e.events[i].what) return true;
  if (free && e.at(g).last_event < static_cast<std::int32_t>(earlier)) {
    // It stood there already, about to do this.
    bool found = false;
    for (option& o : f.options) {
      if (!o.what.involves(g) || (partner != k_nobody && !o.what.involves(partner))) continue;
      found = true;
      if (!o.backtrack) add_option(f, o);
    }
    if (found || initials_.empty()) return found;
  }
  for (std::uint32_t i : initials_) {
    for (option& o : f.options) {
      if (!(o.what == e.events[i].what)) continue;
      add_option(f, o);
      return true;
    }
  }
  for (option& o : f.options) o.backtrack = true;
  return true;
}

// With a bound, what would take a preemption at `at` may be had for nothing where the goroutine
// that was running there began (K. Coons, M. Musuvathi, K. McKinley, "Bounded partial-order
// reduction", OOPSLA 2013).
void exhaustive::reverse_bounded(std::size_t at, std::uint16_t g) {
  add_all_of(frames_[at], g);
  while (at > 0 && (frames_[at].value ||
                    frames_[at].options[frames_[at].choice].what.involves(frames_[at].last)))
    --at;
  if (!frames_[at].value) add_all_of(frames_[at], g);
}

// All that g could do there, or, if there was nothing, all that could be done.
void exhaustive::add_all_of(frame& f, std::uint16_t g) {
  bool found = false;
  for (option& o : f.options) {
    if (!o.what.involves(g)) continue;
    found = true;
    o.backtrack = true;
  }
  if (found) return;
  for (option& o : f.options) o.backtrack = true;
}

void exhaustive::pending_races(engine& e, const goroutine& g, std::uint16_t alt, bool meets,
                               std::uint32_t number) {
  pending_.clear();
  e.describe(g, alt, meets, pending_);
  tick* after = e.memory_of_clocks.take(e.width);
  std::copy_n(stood_with(g), e.width, after);
  for (const access& a : pending_)
    for (const object::entry& h : e.objects[a.object].history)
      if (related(h.what, a).order) join(after, e.events[h.event].past, e.width);
  after_ = after;
  note_cases(pending_);
  for (const access& a : pending_) race_of(e, g.id, number, a);
}

// What is still pending would have done something, too.
void exhaustive::ended(engine& e) {
  if (!reduce_) return;
  const bool raced = e.stop_at_race && !e.races.empty();
  auto number = static_cast<std::uint32_t>(e.events.size());
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    const goroutine& g = e.at(i);
    if (g.at != stage::at_point) continue;
    if (g.next.kind == pending::offers && raced) {
      lost_sight_ = true;  // the channel may be no more
    } else if (g.next.kind == pending::offers) {
      for (std::size_t k = 0; k < g.offers.size(); ++k)
        pending_races(e, g, static_cast<std::uint16_t>(k), e.meets(g, k), number);
    } else {
      pending_races(e, g, 0, false, number);
    }
  }
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
