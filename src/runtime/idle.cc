// SPDX-License-Identifier: Apache-2.0
// idle.cc: sleeping workers, and the handshake that loses no work.                    Floor 3.
//
//   who queues work                      who goes idle
//   1 queue it                           1 join the idle list
//   2 fence                              2 stop searching
//   3 if somebody idles and nobody       3 fence
//     searches: wake one                 4 look at every queue again; if any: leave the list
// The fences are the two halves of an asymmetric one: light in wake_for_local_work(), heavy in
// idle(). tokio (idle.rs) and Go (the "delicate dance" in findRunnable) have the same pair.
//
// An idle worker sleeps until its processor's earliest timer, and while others run also looks
// around now and then for goroutines left in a run_next. When all idle, nothing wakes up.

#include "os/clock.h"
#include "runtime/scheduler.h"

#include <sched.h>
#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// How often an idle worker looks around while others run: at once eager, then lazier.
constexpr std::int64_t k_look_first_ns = 50'000;
constexpr std::int64_t k_look_last_ns = 5'000'000;

}  // namespace

// ---- the global queue

void scheduler::push_global_locked(goroutine& g) noexcept {
  g.next = nullptr;
  (global_tail_ != nullptr ? global_tail_->next : global_head_) = &g;
  global_tail_ = &g;
  global_size_.fetch_add(1);
}

goroutine* scheduler::pop_global_locked(worker& w) noexcept {
  goroutine** link = &global_head_;
  goroutine* before = nullptr;
  // Forced migration: never where it ran last, if there is another worker.
  if (migrate_always && live_.load() > 1) {
    // [ID-9] relaxed: handed over with the goroutine.
    while (*link != nullptr && (*link)->last_worker.load(relaxed) == &w) {
      before = *link;
      link = &(*link)->next;
    }
  }
  goroutine* g = *link;
  if (g == nullptr) return nullptr;
  *link = g->next;
  if (global_tail_ == g) global_tail_ = before;
  global_size_.fetch_sub(1);
  return g;
}

void scheduler::inject(goroutine& g) noexcept {
  {
    lock_scope hold(lock_);
    push_global_locked(g);
  }
  if (migrate_always) {
    // One of two is not where g ran last.
    call_idle_one();
    call_idle_one();
    return;
  }
  os::fence_light();
  wake_for_work();
}

// ---- waking

namespace {

// The processor's time asleep: from when its owner joins the idle list to when it leaves it.
void end_sleep(processor& p) noexcept {
  p.idle_ns += os::monotonic_now() - p.idle_since;
  p.idle_since = 0;
}

}  // namespace

void scheduler::push_idle_locked(worker& w) noexcept {
  w.p->idle_since = os::monotonic_now();
  w.state.store(worker_state::idle);
  w.next = idle_;
  idle_ = &w;
  idle_count_.fetch_add(1);
}

worker* scheduler::pop_idle_locked() noexcept {
  worker* w = idle_;
  if (w == nullptr) return nullptr;
  idle_ = w->next;
  idle_count_.fetch_sub(1);
  w->state.store(worker_state::active);
  end_sleep(*w->p);
  return w;
}

std::int64_t scheduler::slept(processor& p, bool* now_asleep) noexcept {
  lock_scope hold(lock_);
  *now_asleep = p.idle_since != 0;
  return p.idle_ns + (p.idle_since != 0 ? os::monotonic_now() - p.idle_since : 0);
}

// The one called starts out searching; the caller has counted it. The monitor is told first: w
// could be idle again before it heard.
void scheduler::call(worker& w) noexcept {
  nudge_monitor();
  w.word.store(worker::k_called);
  os::futex_wake(w.word, 1);
}

bool scheduler::call_idle_one() noexcept {
  worker* w = nullptr;
  {
    lock_scope hold(lock_);
    w = pop_idle_locked();
    if (w != nullptr) searching_.fetch_add(1);
  }
  if (w == nullptr) return false;
  call(*w);
  return true;
}

void scheduler::poke(worker& w) noexcept {
  std::uint32_t asleep = worker::k_asleep;
  if (w.word.compare_exchange_strong(asleep, worker::k_poked)) os::futex_wake(w.word, 1);
}

void scheduler::wake_for_work() noexcept {
  if (idle_count_.load() == 0) return;
  std::uint32_t none = 0;
  if (!searching_.compare_exchange_strong(none, 1)) return;
  worker* w = nullptr;
  {
    lock_scope hold(lock_);
    w = pop_idle_locked();
  }
  if (w == nullptr) {
    searching_.fetch_sub(1);
  } else {
    call(*w);
  }
}

// A wake-up costs microseconds on both sides. Where the ones before found nothing worth while
// (two goroutines that only hand a token back and forth, say), leave out more and more of them; the
// sleeper's own looks, and the monitor, bound what that can cost.
void scheduler::wake_unless_fruitless(processor& p) noexcept {
  if (searching_.load() != 0) return;
  p.wake_skips = wake_skip_limit_.load(relaxed);  // [ID-1] relaxed: a hint.
  wake_for_work();
}

// ---- sleeping

bool scheduler::work_is_queued() noexcept {
  if (global_size_.load() != 0) return true;
  std::int64_t now = 0;
  bool found = false;
  for_each_processor([&](processor& p) {
    if (found || !p.live.load()) return;
    if (p.queued() != 0) found = true;
    if (p.timers.earliest() == k_never) return;
    if (now == 0) now = os::monotonic_now();
    if (p.timers.earliest() <= now) found = true;
  });
  return found;
}

bool scheduler::leave_idle_list(worker& w) noexcept {
  {
    lock_scope hold(lock_);
    if (w.state.load() != worker_state::idle) return false;
    worker** link = &idle_;
    while (*link != &w) link = &(*link)->next;
    *link = w.next;
    idle_count_.fetch_sub(1);
    w.state.store(worker_state::active);
    end_sleep(*w.p);
  }
  // The monitor may have seen everybody idle, however short that was, and gone to sleep.
  nudge_monitor();
  return true;
}

void scheduler::idle(worker& w) noexcept {
  {
    lock_scope hold(lock_);
    if (global_size_.load() != 0 && !migrate_always) return;
    if (w.p->attention.load()) return;
    w.word.store(worker::k_asleep);
    push_idle_locked(w);
    // All is still: what comes next may be of another kind.
    if (idle_count_.load() == live_.load()) forget_fruitless();
  }
  if (w.searching) {
    note_search(false);
    stop_searching(w, false);
  }
  os::fence_heavy();
  bool look_again = migrate_always ? may_run_something(w) : work_is_queued();
  if (look_again && leave_idle_list(w)) {
    if (!migrate_always) {
      w.searching = true;
      searching_.fetch_add(1);
    }
    return;
  }
  // Forced migration: what is left on the global queue is for the others.
  if (migrate_always && !look_again && global_size_.load() != 0 && leave_idle_list(w)) {
    call_idle_one();
    sched_yield();
    return;
  }
  sleep_until_called(w);
}

// Forced migration: is there something on the global queue that this worker may run?
bool scheduler::may_run_something(worker& w) noexcept {
  lock_scope hold(lock_);
  for (goroutine* g = global_head_; g != nullptr; g = g->next)
    // [ID-10] relaxed: as [ID-9].
    if (live_.load() <= 1 || g->last_worker.load(relaxed) != &w) return true;
  return false;
}

// When to wake by ourselves: our own timers; while others run, also theirs, and a look around.
nanotime_t scheduler::sleep_limit(worker& w, nanotime_t now) noexcept {
  nanotime_t until = w.p->timers.earliest();
  if (idle_count_.load() < live_.load()) {
    for_each_processor([&](processor& p) {
      if (p.live.load()) until = std::min(until, p.timers.earliest());
    });
    until = std::min(until, now + std::max(look_interval_.load(), k_look_first_ns));
  }
  return until;
}

void scheduler::sleep_until_called(worker& w) noexcept {
  for (;;) {
    std::uint32_t word = w.word.load();
    if (word == worker::k_called) break;
    if (word == worker::k_poked) w.word.compare_exchange_strong(word, worker::k_asleep);
    if (w.state.load() != worker_state::idle) {  // spare: no processor, no timers
      os::futex_wait(w.word, worker::k_asleep);
      continue;
    }
    nanotime_t now = os::monotonic_now();
    nanotime_t until = k_never;
    {
      lock_scope hold(lock_);  // blocking() may take the processor away
      if (w.state.load() == worker_state::idle) until = sleep_limit(w, now);
    }
    if (until == k_never) {
      os::futex_wait(w.word, worker::k_asleep);
      continue;
    }
    if (until > now && os::futex_wait_for(w.word, worker::k_asleep, until - now)) continue;
    if (!leave_idle_list(w)) continue;
    // Awake on our own account: search once more, and take longer naps while that is in vain.
    std::int64_t interval = std::max(look_interval_.load(), k_look_first_ns);
    look_interval_.store(std::min(interval * 2, k_look_last_ns));
    w.searching = true;
    searching_.fetch_add(1);
    return;
  }
  w.searching = true;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
