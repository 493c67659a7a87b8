// SPDX-License-Identifier: Apache-2.0
// find_work.cc: what a worker does when its own queue gives it nothing.               Floor 3.
//
// Order: own timers, global queue (on the cadence), own queue, global queue, stealing, sleep.
// At most half of the busy workers search; the last one to find something wakes one more.

#include "os/clock.h"
#include "runtime/sanitizer.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"
#include "runtime/wait_profile.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// A search goes on for this long before the worker sleeps: about what a sleep and a wake-up cost.
constexpr std::int64_t k_search_ns = 20'000;
// A goroutine just readied is left to its own processor for this long.
constexpr std::int64_t k_run_next_grace_ns = 5'000;
// How long a thief waits for something to be put on offer before it interrupts the owner.
constexpr std::int64_t k_patience_ns = 15'000;
constexpr int k_pauses_per_pass = 40;
// Found work that kept the worker busy for less was not worth waking it for.
constexpr std::int64_t k_worthwhile_ns = 50'000;
constexpr std::uint32_t k_max_wake_skips = 65535;

std::uint64_t next_random(worker& w) noexcept {
  w.random ^= w.random << 13;
  w.random ^= w.random >> 7;
  w.random ^= w.random << 17;
  return w.random;
}

}  // namespace

void scheduler::work(worker& w) noexcept {
  sleep_until_called(w);
  for (;;) run_on(w, *find_work(w));
}

void scheduler::run_on(worker& w, goroutine& g) noexcept {
  processor& p = *w.p;
  g.on_cpu.store(true, relaxed);  // [FW-1] relaxed: as [PK-7].
  os::fence_light();
  if (p.attention.load(relaxed)) {  // [FW-2] relaxed: as [PK-8].
    // [FW-3] release-store; pairs with the acquire-load [DU-1]. As [PK-9].
    g.on_cpu.store(false, release);
    if (!p.push(g)) inject(g);
    return;
  }
  w.base.commit = nullptr;
  note_pause(p.waits);
  switch_to(w, w.base, g);
}

goroutine* scheduler::find_work(worker& w) noexcept {
  bool called = false;  // to the global queue, by the monitor
  for (;;) {
    if (w.p == nullptr) wait_as_spare(w);
    if (w.p->attention.load()) {
      refuse_forked_child();
      attend(w);
      called = true;
      continue;
    }
    processor& p = *w.p;
    run_timers(p);
    if (called || p.tick.load() % k_cadence == 0) {
      called = false;
      p.tick.store(p.tick.load() + 1);
      goroutine* g = take_global(w, false);
      // The oldest that has not run yet gets its turn, whatever is spawned after it.
      if (g == nullptr) g = p.fresh.take_oldest();
      if (g != nullptr) {
        // The slice goes on, or what waits in p.queue could be passed over for ever.
        stop_searching(w, true);
        return g;
      }
    }
    goroutine* g = take_local(p);
    if (g == nullptr) {
      p.begin_slice();
      g = take_global(w, true);
    }
    if (g == nullptr) g = search(w);
    if (g != nullptr) {
      stop_searching(w, true);
      return g;
    }
    if (!p.attention.load()) idle(w);
  }
}

goroutine* scheduler::take_local(processor& p) noexcept {
  if (p.has_run_next()) {
    if (goroutine* g = p.exchange_run_next(nullptr)) return g;
  }
  return p.pop();
}

goroutine* scheduler::take_global(worker& w, bool batch) noexcept {
  if (global_size_.load() == 0) return nullptr;
  goroutine* mine = nullptr;
  {
    lock_scope hold(lock_);
    mine = pop_global_locked(w);
    if (mine == nullptr || !batch || migrate_always) return mine;
    // A fair share, so that the others find some too.
    std::uint32_t share =
        std::min(global_size_.load() / std::max(live_.load(), 1U), run_queue::k_size / 2);
    for (; share > 1; --share) {
      goroutine* g = pop_global_locked(w);
      if (g == nullptr) break;
      if (!w.p->push(*g)) {
        push_global_locked(*g);
        break;
      }
    }
  }
  return mine;
}

void scheduler::run_timers(processor& p) noexcept {
  if (p.timers.earliest() == k_never) return;
  std::int64_t now = os::monotonic_now();
  if (p.timers.earliest() <= now) p.timers.fire_due(now);
}

bool scheduler::start_searching(worker& w) noexcept {
  if (w.searching) return true;
  // Processors that are neither idle nor searching: searching more than half of them is waste.
  std::uint32_t live = live_.load();
  std::uint32_t idle = idle_count_.load();
  if (live <= 1 || 2 * searching_.load() >= live - std::min(idle, live)) return false;
  searching_.fetch_add(1);
  w.searching = true;
  return true;
}

void scheduler::stop_searching(worker& w, bool found) noexcept {
  if (!w.searching) return;
  w.searching = false;
  bool last = searching_.fetch_sub(1) == 1;
  if (!found) return;
  w.stint_start = os::monotonic_now();
  if (last) wake_for_local_work(*w.p, k_queued_weight);
}

void scheduler::note_search(bool fruitful) noexcept {
  if (fruitful) {
    forget_fruitless();
  } else {
    wake_skip_limit_.store(std::min(wake_skip_limit_.load() * 2 + 1, k_max_wake_skips));
  }
}

void scheduler::forget_fruitless() noexcept {
  wake_skip_limit_.store(0);
  look_interval_.store(0);
}

goroutine* scheduler::steal_from(worker& w, processor& victim) noexcept {
  goroutine* taken[run_queue::k_size / 2];
  std::uint32_t n = victim.queue.take_half(taken, run_queue::k_size / 2);
  if (n == 0) return nullptr;
  processor_counts::add(w.p->counts.steals);
  trace::stole(victim.index, n);
  for (std::uint32_t i = 1; i < n; ++i)
    if (!w.p->queue.push(*taken[i])) inject(*taken[i]);
  return taken[0];
}

goroutine* scheduler::search(worker& w) noexcept {
  if (w.stint_start != 0) {
    std::int64_t stint = os::monotonic_now() - w.stint_start;
    w.stint_start = 0;
    note_search(stint >= k_worthwhile_ns);
  }
  if (migrate_always || !start_searching(w)) return nullptr;
  unsigned n = processor_count_.load();
  std::int64_t begin = os::monotonic_now();
  // Where each processor stood when the search began: has it scheduled since?
  constexpr unsigned k_remembered = 64;
  std::uint32_t ticks[k_remembered];
  for (unsigned i = 0; i < n && i < k_remembered; ++i) {
    // [FW-4] relaxed: a hint.
    ticks[i] = processors_[i].load()->tick.load(relaxed);
  }
  for (;;) {
    auto first = static_cast<unsigned>(next_random(w) % n);
    std::int64_t now = os::monotonic_now();
    bool late = now - begin >= k_run_next_grace_ns;
    for (unsigned i = 0; i < n; ++i) {
      processor& victim = *processors_[(first + i) % n].load();
      if (&victim == w.p || !victim.live.load()) continue;
      if (goroutine* g = steal_from(w, victim)) return g;
      goroutine* g = victim.fresh.take_offer();
      // What is not on offer is left to its owner for a while: each theft interrupts it.
      if (g == nullptr && now - begin >= k_patience_ns) g = victim.fresh.steal_from_ring();
      if (g != nullptr) {
        processor_counts::add(w.p->counts.steals);
        trace::stole(victim.index, 1);
        return g;
      }
      if (!late) continue;
      if (victim.timers.earliest() <= now) {
        victim.timers.fire_due(now);
        g = take_local(*w.p);
        if (g != nullptr) return g;
      }
      unsigned at = victim.index;
      // [FW-5] relaxed: a hint.
      if (at < k_remembered && victim.tick.load(relaxed) != ticks[at]) continue;
      g = victim.steal_run_next();
      if (g != nullptr) {
        processor_counts::add(w.p->counts.steals);
        trace::stole(victim.index, 1);
        return g;
      }
    }
    if (global_size_.load() != 0) {
      if (goroutine* g = take_global(w, true)) return g;
    }
    if (stacks.make_ahead()) begin = os::monotonic_now();
    if (w.p->attention.load() || now - begin >= k_search_ns) return nullptr;
    for (int i = 0; i < k_pauses_per_pass; ++i) cpu_relax();
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
