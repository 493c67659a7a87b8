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

// The last thing that it did was to unlock the lock.
std::uint32_t condition_of(engine& e, const goroutine& g) {
  for (auto s = e.steps.rbegin(); s != e.steps.rend(); ++s)
    if (s->what.what.who == g.id && s->what.op == sched::op::condition_wait) return s->object;
  return 0;
}

// What a goroutine that stands or is parked waits for, with the objects of a select.
std::string objects_of(engine& e, const goroutine& g) {
  if (g.at == stage::parked && g.why == wait_reason::condition_wait)
    return object_name(condition_of(e, g));
  if (g.at != stage::at_point || g.next.kind != pending::offers || g.offers.size() < 2)
    return object_name(g.next.object);
  std::string out;
  for (const resolved_offer& o : g.offers)
    out += (out.empty() ? " " : ", ") +
           (o.object == 0 ? std::string("nil chan")
                          : (o.what.sending ? "send #" : "recv #") + std::to_string(o.object));
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

// Who has the lock that g waits for; nobody if that is not known.
std::uint16_t holder_of(engine& e, const goroutine& g) {
  if (g.at != stage::at_point || g.next.object == 0) return k_nobody;
  switch (g.next.what) {
    case sched::op::lock:
    case sched::op::lock_shared:
    case sched::op::announce:
    case sched::op::drain:
      return e.objects[g.next.object].holder;
    default:
      return k_nobody;
  }
}

void holder_and_place(engine& e, const goroutine& g, std::string& out) {
  std::uint16_t holder = holder_of(e, g);
  if (holder == k_nobody) return;
  out += "      held by " + name_of(e, holder);
  auto locks = [&](const engine::step& s) {
    return s.what.what.who == holder && s.object == g.next.object;
  };
  auto last = std::find_if(e.steps.rbegin(), e.steps.rend(), locks);
  std::string site = last == e.steps.rend() ? std::string() : user_site(last->stack);
  out += (site.empty() ? "" : ", locked at " + site) + "\n";
}

void start_of(engine& e, const goroutine& g, std::string& out) {
  if (std::string site = user_site(g.made); !site.empty())
    out += "      started by " + name_of(e, g.parent) + " at " + site + "\n";
}

void blocked(engine& e, std::string& out) {
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    goroutine& g = e.at(i);
    if (!e.is_left(i)) continue;
    out += "  " + name_of(e, g.id) + " [" + std::string(reason(g)) + "]" + objects_of(e, g);
    if (std::string site = user_site(stack_of(g)); !site.empty()) out += " at " + site;
    out += '\n';
    holder_and_place(e, g, out);
    start_of(e, g, out);
  }
}

std::string_view race_title(const race_found& r) noexcept {
  if (!r.before.frees) return "data race";
  return r.now.frees ? "double free" : "use after free";
}

void who_and_where(engine& e, const access_site& s, std::string& out) {
  out += name_of(e, s.who) + ":\n";
  std::vector<std::string> frames = user_frames(s.stack);
  if (frames.empty() && &s == &e.failed && !e.failed_at.empty())
    frames.push_back("at " + e.failed_at);
  for (const std::string& line : frames) out += "      " + line + "\n";
  if (s.who < e.goroutines()) start_of(e, e.at(s.who), out);
}

void side(engine& e, const access_site& s, std::string_view lead, std::string& out) {
  out += "  " + std::string(lead);
  if (s.frees) {
    out += "free by ";
  } else if (s.by != sched::op::spawn) {
    out += std::string(word_for(s.by)) + " by ";
  } else {
    out += s.atomic ? "atomic " : "";
    out += (s.write ? "write of " : "read of ") + std::to_string(s.size);
    out += s.size == 1 ? " byte by " : " bytes by ";
  }
  who_and_where(e, s, out);
}

void place_of_failure(engine& e, std::string& out) {
  for (std::size_t at = 0; at < e.details.size();) {
    std::size_t end = std::min(e.details.find('\n', at), e.details.size());
    out += "  " + e.details.substr(at, end - at) + "\n";
    at = end + 1;
  }
  if (e.failed.who >= e.goroutines()) return;
  out += "  in ";
  who_and_where(e, e.failed, out);
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
            "the program changed, does not do the same each time, or the schedule is of another "
            "test: it does not fit";
      break;
    default:
      f.what = e.message;
      break;
  }
  f.text = f.what + "\n";
  if (why == outcome::mismatch && !e.mismatch.empty())
    f.text +=
        "  it must not depend on random numbers, addresses, clocks of its own or what an earlier "
        "execution has left;\n  check::choose(n) gives numbers of which each is tried\n";
  if (why == outcome::race && race < e.races.size()) {
    side(e, e.races[race].now, "", f.text);
    bool used = e.races[race].before.frees;
    side(e, e.races[race].before, used ? "after the " : "not ordered after the earlier ", f.text);
  }
  if (why == outcome::failure) place_of_failure(e, f.text);
  if (why == outcome::deadlock || why == outcome::leak || why == outcome::livelock ||
      why == outcome::bound)
    blocked(e, f.text);
  if (why == outcome::bound && e.message.empty()) f.text += how_it_goes_on(e);
  return f;
}

std::string waits_for(engine& e, const goroutine& g) {
  std::string out = std::string(reason(g)) + objects_of(e, g);
  if (std::uint16_t holder = holder_of(e, g); holder != k_nobody)
    out += ", held by " + name_of(e, holder);
  return out;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
