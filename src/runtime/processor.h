// SPDX-License-Identifier: Apache-2.0
#pragma once
// processor: the right to run goroutines, with the queues that go with it.            Floor 3.
//
// As many processors are live as goroutines may run at once. A worker (thread) holds one while
// it runs, searches or idles; blocking() hands it to another worker.
//
// run_next is the goroutine just readied: it runs next and inherits the time slice, so that a
// ping-pong never leaves the processor. The owner reads and writes it without read-modify-write:
//   owner: in_run_next = 1; light fence; if (revoke) back off; touch run_next; in_run_next = 0
//   thief: revoke = 1; heavy fence; if (!in_run_next) take it; revoke = 0
// INV-1 of owner and thief at most one touches run_next at a time (Dekker, asymmetric fences).

#include "os/asymmetric_fence.h"
#include "runtime/run_queue.h"
#include "runtime/sampler.h"
#include "runtime/spawn_deque.h"
#include "runtime/timer_heap.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct worker;

struct processor_counts {
  // [PC-1] relaxed: written by the owner only; statistics to everybody else.
  shared_word<std::uint64_t> spawned{0};
  shared_word<std::uint64_t> finished{0};
  shared_word<std::uint64_t> steals{0};
  shared_word<std::uint64_t> parks{0};

  static void add(shared_word<std::uint64_t>& c, std::uint64_t n = 1) noexcept {
    c.store(c.load(relaxed) + n, relaxed);  // [PC-2] relaxed: own thread's counter.
  }
  void add_finished() noexcept {
    // [PC-3] release-store; pairs with the acquire-load [PC-4]: whoever sees that a goroutine has
    //        ended sees that it was spawned.
    finished.store(finished.load(relaxed) + 1, release);
  }
};

// The global queue and the timers are looked at once in so many schedules (Go: 61).
inline constexpr std::uint32_t k_cadence = 61;

// Waits for a processor are counted by the power of two that their nanoseconds reach.
inline constexpr unsigned k_latency_buckets = 36;

struct alignas(k_cache_line) processor {
  // The turn of a slice at which the clock is first read.
  static constexpr std::uint32_t k_first_look = 4;

  run_queue queue;    // readied, or ran out their turn: first in, first out
  spawn_deque fresh;  // not run yet: last in, first out

  // Touched at every switch by the owner.
  alignas(k_cache_line) shared_word<goroutine*> run_next{nullptr};
  shared_word<std::uint32_t> in_run_next{0};
  shared_word<std::uint32_t> revoke{0};
  shared_word<std::uint32_t> tick{0};      // schedules so far; written by the owner only
  shared_word<bool> attention{false};      // come to the scheduler: retire, freeze, hand over
  std::uint32_t turn = 0;                  // picks so far from queue and fresh
  std::uint32_t streak = 0;                // run_next taken this often in a row
  std::uint32_t next_look = k_first_look;  // the streak at which the clock is read
  std::uint32_t slice_start_turn = 0;      // the streak at that time
  std::int64_t slice_start = 0;            // when the streak was looked at first; 0: nobody waited
  std::int64_t match_ns = 0;               // how long slices of long turns lasted of late
  std::uint32_t wake_skips = 0;            // wake-ups left out before the next is tried
  goroutine* free_list = nullptr;          // dead goroutines with hot stacks
  std::uint32_t free_count = 0;
  std::uint64_t next_id = 0;  // ids [next_id, end_id) are ours to give
  std::uint64_t end_id = 0;
  processor_counts counts;
  // While probe::latency asks; as [PC-1].
  shared_word<std::uint64_t> latency[k_latency_buckets] = {};
  shared_word<std::uint64_t> latency_ns{0};  // their sum
  sampler wakes;                             // those that are counted there
  wait_samples waits;

  alignas(k_cache_line) timer_heap timers;
  shared_word<worker*> owner{nullptr};  // written under the scheduler's lock
  shared_word<bool> live{false};        // written under the scheduler's lock
  bool stuck = false;                   // guarded by the scheduler's lock
  std::uint32_t seen_tick = 0;          // the monitor's
  std::int64_t seen_since = 0;          // the monitor's
  unsigned index = 0;                   // immutable
  std::int64_t idle_since = 0;          // guarded by the scheduler's lock; 0: its owner is awake
  std::int64_t idle_ns = 0;             // guarded by the scheduler's lock; before idle_since

  /// Owner only: makes g run next; returns the goroutine it displaces, if any.
  goroutine* exchange_run_next(goroutine* g) noexcept {
    enter_run_next();
    goroutine* old = run_next.load(relaxed);  // [RN-1] relaxed: INV-1.
    run_next.store(g, relaxed);               // [RN-2] relaxed: INV-1; published by [RN-4].
    leave_run_next();
    return old;
  }

  /// Any thread but the owner's. Slow.
  goroutine* steal_run_next() noexcept {
    if (run_next.load(relaxed) == nullptr) return nullptr;  // [RN-3] relaxed: a look.
    std::uint32_t free = 0;
    if (!revoke.compare_exchange_strong(free, 1)) return nullptr;
    os::fence_heavy();
    goroutine* taken = nullptr;
    // [RN-5] acquire; pairs with the release-store [RN-4], [RN-12]: sees what the owner wrote.
    if (in_run_next.load(acquire) == 0) {
      taken = run_next.load(relaxed);    // [RN-6] relaxed: INV-1.
      run_next.store(nullptr, relaxed);  // [RN-7] relaxed: INV-1; published by [RN-8].
    }
    // [RN-8] release-store; pairs with the acquire-load [RN-9].
    revoke.store(0, release);
    return taken;
  }

  /// Owner only: what runs next does not inherit the time slice of what ran last.
  void begin_slice() noexcept {
    streak = 0;
    next_look = k_first_look;
  }

  /// Owner only: the next goroutine but for run_next, or null. Mostly one that has run before,
  /// to finish what was begun; in every fourth turn, so that neither starves, a fresh one.
  goroutine* pop() noexcept {
    goroutine* g = nullptr;
    if (++turn % 4 == 0) g = fresh.pop();
    if (g == nullptr) g = queue.pop();
    if (g == nullptr) g = fresh.pop();
    return g;
  }

  /// Owner only. False if there is no room.
  bool push(goroutine& g) noexcept { return g.fresh ? fresh.push(g) : queue.push(g); }

  /// Goroutines queued, run_next aside. Exact for the owner.
  [[nodiscard]] std::uint32_t queued() const noexcept { return queue.size() + fresh.size(); }

  [[nodiscard]] bool has_run_next() const noexcept {
    return run_next.load(relaxed) != nullptr;  // [RN-10] relaxed: a look.
  }

 private:
  void enter_run_next() noexcept {
    for (;;) {
      in_run_next.store(1, relaxed);  // [RN-11] relaxed: ordered by the fences.
      os::fence_light();
      // [RN-9] acquire; pairs with the release-store [RN-8]: sees what the thief did.
      if (WEFT_LIKELY(revoke.load(acquire) == 0)) return;
      // [RN-12] release-store; pairs with the acquire-load [RN-5]. We touched nothing this
      //         time, but the thief may find this 0 in place of the one of [RN-4].
      in_run_next.store(0, release);
      cpu_relax();
    }
  }
  void leave_run_next() noexcept {
    // [RN-4] release-store; pairs with the acquire-load [RN-5]. Publishes run_next and *g.
    in_run_next.store(0, release);
  }
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
