// SPDX-License-Identifier: Apache-2.0
// contention.cc: processors that only get in each other's way take turns.             Floor 3.
//
// Two processors that hammer one channel or mutex are slower than one: every operation waits for
// a cache line to come over, or for the other's critical section. A worker that spends much of
// its time so gives its goroutines to the global queue and rests, first for a moment, then longer
// while each trial after a rest finds the same. One worker at least always goes on.
//
// Source: concurrency restriction; D. Dice, "Malthusian Locks", EuroSys 2017; D. Dice and A. Kogan,
// "Avoiding Scalability Collapse by Restricting Concurrency", Euro-Par 2019.

#include "os/clock.h"
#include "runtime/scheduler.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// So many contended acquisitions ...
constexpr std::uint32_t k_window = 64;
// ... in so short a time. Each one noticed stands for several operations that waited for the
// cache line only.
constexpr std::int64_t k_window_ns = 100'000;
constexpr std::int64_t k_rest_first_ns = 100'000;
constexpr std::int64_t k_rest_last_ns = 8'000'000;
// A stretch of work this long without a rest: the contention is over.
constexpr std::int64_t k_recovered_ns = 2'000'000;

}  // namespace

void note_contention() noexcept {
  refuse_forked_child();  // which would wait for a thread that it has not
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr || ++w->contended % k_window != 0) return;
  std::int64_t now = os::monotonic_now();
  std::int64_t took = now - w->window_start;
  w->window_start = now;
  if (took > k_window_ns || scheduler::instance()->live_processors() < 2) return;
  w->wants_rest = true;
  w->p->attention.store(true);
}

// At a scheduling point, with nothing running on w.
void scheduler::rest(worker& w) noexcept {
  w.wants_rest = false;
  processor& p = *w.p;
  std::int64_t now = os::monotonic_now();
  {
    lock_scope hold(lock_);
    if (live_.load() - idle_count_.load() - resting_ < 2) return;
    ++resting_;
    if (goroutine* g = p.exchange_run_next(nullptr)) push_global_locked(*g);
    while (goroutine* g = p.pop()) push_global_locked(*g);
    w.word.store(worker::k_asleep);
  }
  bool again = now - w.rested_until < k_recovered_ns;
  w.rest_ns = again ? std::min(w.rest_ns * 2, k_rest_last_ns) : k_rest_first_ns;
  w.stint_start = 0;
  std::int64_t until = std::min(now + w.rest_ns, p.timers.earliest());
  if (until > now) os::futex_wait_for(w.word, worker::k_asleep, until - now);
  {
    lock_scope hold(lock_);
    --resting_;
  }
  w.rested_until = w.window_start = os::monotonic_now();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
