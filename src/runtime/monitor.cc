// SPDX-License-Identifier: Apache-2.0
// monitor.cc: the one thread that watches the others.                                 Floor 3.
//
// - A processor whose goroutine has run for 10 ms while work waits (a long computation, a
//   std::mutex, a system call) gets company: an extra processor on a spare thread, which takes
//   the waiting work. The stuck one is retired when it next schedules.
// - All asleep, and nobody left who could wake anyone: a deadlock, reported.
// - Surplus stacks are given back. The coarse clock ticks.
// While every worker idles the monitor sleeps too: an idle process makes no wake-ups.

#include "os/clock.h"
#include "os/threads.h"
#include "runtime/fatal.h"
#include "runtime/sanitizer.h"
#include "runtime/scheduler.h"
#include "runtime/tool_threads.h"
#include "runtime/trace_points.h"
#include "runtime/wait_profile.h"

#include <algorithm>
#include <csignal>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::int64_t k_tick_ns = 10'000'000;
constexpr std::int64_t k_stuck_ns = 10'000'000;
constexpr std::int64_t k_reclaim_ns = 1'000'000'000;
// How long to wait before looking again for a deadlock that plain threads may still resolve.
constexpr std::int64_t k_longest_look_ns = 5'000'000'000;
constexpr std::int64_t k_deadlock = -1;  // in place of a time to sleep

}  // namespace

struct monitor {
  scheduler& s;
  std::int64_t look_ns = k_tick_ns;  // pause while all is idle but not certainly for ever
  std::int64_t reclaimed = 0;        // when unused stacks were last given back
  bool global_waited = false;        // the global queue was not empty at the last tick
  int asleep_ticks = 0;              // consecutive ticks at which nobody could wake anyone

  [[noreturn]] void run() noexcept {
    for (;;) {
      std::int64_t now = tick_coarse_clock();
      if (quit_requested()) fatal_quit();
      trace::end_unasked_latency(now);
      if (now - reclaimed >= k_reclaim_ns) {
        s.stacks.reclaim_unused();
        reclaimed = now;
      }
      if (!all_idle()) {
        asleep_ticks = 0;
        look_ns = k_tick_ns;
        look_for_stuck(now);
        pause(s.monitor_word_.load(), k_tick_ns);
      } else {
        watch_idle();
      }
    }
  }

  static std::int64_t tick_coarse_clock() noexcept {
    std::int64_t now = os::monotonic_now();
    scheduler::s_coarse_now.store(now, relaxed);  // [MO-1] relaxed: a stamp for humans.
    note_coarse_tick();
    return now;
  }

  bool all_idle() noexcept { return s.idle_count_.load() >= s.live_.load(); }

  // Sleeps for `ns`, or until monitor_word_ is no longer `word`.
  void pause(std::uint32_t word, std::int64_t ns) noexcept {
    if (quit_requested()) return;
    if (ns == k_never) {
      os::futex_wait(s.monitor_word_, word);
    } else {
      os::futex_wait_for(s.monitor_word_, word, ns);
    }
  }

  void look_for_stuck(std::int64_t now) noexcept {
    bool somebody_schedules = false;
    processor* alone = nullptr;  // a stuck one that has no company yet
    s.for_each_processor([&](processor& p) {
      if (!p.live.load()) return;
      std::uint32_t tick = p.tick.load();
      worker* w = p.owner.load();
      bool ran_on = tick == p.seen_tick && w != nullptr && w->state.load() == worker_state::active;
      if (!ran_on) {
        p.seen_tick = tick;
        p.seen_since = now;
      }
      if (!ran_on || now - p.seen_since < k_stuck_ns) {
        somebody_schedules = true;
        return;
      }
      if (!p.stuck) alone = &p;
      trace::processor_stuck(p.index, p.seen_since);
      give_to_all(p, now);
    });
    bool waits = s.global_size_.load() != 0;
    bool waited = std::exchange(global_waited, waits);
    if (!waits) return;
    if (s.idle_count_.load() != 0) {
      s.wake_for_work();
    } else if (!somebody_schedules && alone != nullptr) {
      give_company(*alone);
    } else if (waited && !s.migrate_always) {
      // The cadence counts turns, and turns may be long: all look at the global queue now.
      s.for_each_processor([](processor& p) {
        if (p.live.load()) p.attention.store(true);
      });
    }
  }

  // What waits behind a goroutine that runs on goes to the global queue, where everybody looks.
  void give_to_all(processor& p, std::int64_t now) noexcept {
    p.timers.fire_due(now);
    goroutine* taken[run_queue::k_size / 2];
    while (std::uint32_t n = p.queue.take_half(taken, run_queue::k_size / 2))
      for (std::uint32_t i = 0; i < n; ++i) s.inject(*taken[i]);
    if (goroutine* g = p.fresh.take_offer()) s.inject(*g);
    while (goroutine* g = p.fresh.steal_from_ring()) s.inject(*g);
    if (goroutine* g = p.steal_run_next()) s.inject(*g);
  }

  void give_company(processor& p) noexcept {
    lock_scope hold(s.lock_);
    if (p.stuck || !p.live.load() || s.idle_count_.load() != 0) return;
    worker* w = s.spare_or_new_locked();
    if (w == nullptr) return;  // no thread to be had: try again at the next tick
    processor* fresh = s.new_processor_locked();
    if (fresh == nullptr) {
      s.become_spare_locked(*w);
      return;
    }
    p.stuck = true;
    p.attention.store(true);
    s.extra_.fetch_add(1);
    s.findings.stuck_stretches.fetch_add(1);
    w->p = fresh;
    fresh->owner.store(w);
    w->state.store(worker_state::active);
    s.searching_.fetch_add(1);
    s.call(*w);
  }

  // Plain threads that are not parked in weft: each might wake a goroutine yet. The parked ones
  // are read first: whoever is awake then is counted after, or what it has started or woken is.
  long threads_at_large() noexcept {
    auto parked = static_cast<long>(s.blocked_threads.load());
    tool_thread_counts tools = count_tool_threads();
    long threads = os::count_threads();
    if (threads < 0 || tools != count_tool_threads()) return 1;  // unknown: assume there is one
    return threads - static_cast<long>(s.worker_count_) - 1 - sanitizer::k_own_threads -
           (tools.started - tools.ended) - parked;
  }

  // Looks at one thing after the other, and believes what it saw only if nobody stirred meanwhile:
  // whoever leaves the idle list, and every plain thread that parks or is unparked, tells the
  // monitor from here on, as if it slept already.
  void watch_idle() noexcept {
    std::uint32_t word = s.monitor_word_.load();
    s.monitor_sleeps_.store(true);
    std::int64_t ns = how_long_to_sleep();
    bool undisturbed = all_idle() && s.monitor_word_.load() == word;
    if (!undisturbed || ns != k_deadlock) asleep_ticks = 0;
    if (undisturbed && ns == k_deadlock) {
      // Twice in a row: a thread may just be ending or starting.
      if (++asleep_ticks == 2) fatal_deadlock(s.goroutines() == 0 && s.mains_exited.load() != 0);
      ns = k_tick_ns;
    }
    if (undisturbed) {
      if (s.stacks.wants_reclaim()) ns = std::min(ns, k_reclaim_ns);
      pause(word, ns);
    }
    s.monitor_sleeps_.store(false);
    // Somebody stirs. The next look is a tick later: workers that doze off and wake again every
    // few microseconds must not wake the monitor as often.
    if (undisturbed && s.monitor_word_.load() == word) return;
    tick_coarse_clock();
    pause(s.monitor_word_.load(), k_tick_ns);
  }

  // k_never: somebody else will tell. k_deadlock: nobody can.
  std::int64_t how_long_to_sleep() noexcept {
    bool asleep = false;
    bool blocking = false;
    {
      lock_scope hold(s.lock_);
      blocking = s.blocking_calls.load() != 0;
      asleep = all_idle() && s.global_size_.load() == 0 && s.searching_.load() == 0;
    }
    bool timer = false;
    s.for_each_processor([&](processor& p) {
      if (p.timers.earliest() != k_never || p.queued() != 0 || p.has_run_next()) timer = true;
    });
    if (!asleep) return k_tick_ns;
    bool somebody_waits = s.goroutines() != 0 || s.blocked_threads.load() != 0;
    if (!somebody_waits || timer || blocking) return k_never;
    if (threads_at_large() <= 0) return k_deadlock;
    std::int64_t ns = look_ns;
    look_ns = std::min(look_ns * 2, k_longest_look_ns);
    return ns;
  }
};

void scheduler::nudge_monitor() noexcept {
  if (!monitor_sleeps_.load()) return;
  monitor_word_.fetch_add(1);
  os::futex_wake(monitor_word_, 1);
}

void scheduler::wake_monitor_from_signal() noexcept {
  monitor_word_.fetch_add(1);
  os::futex_wake(monitor_word_, 1);
}

void scheduler::start_monitor() {
  os::start_detached_thread(
      "weft-monitor", os::thread_signals::none,
      [](void* arg) { monitor{*static_cast<scheduler*>(arg)}.run(); }, this);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
