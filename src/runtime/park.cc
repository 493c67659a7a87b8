// SPDX-License-Identifier: Apache-2.0
// park.cc: switching between goroutines; park, ready and yield.                       Floor 3.
//
// Parking goes straight to the next goroutine. The commit action of the one that parks runs on
// the stack of the one that comes next, for only then is the old stack quiet: a waker that finds
// the old one through what commit published may run it at once.
//
// What costs is not the switch but each frame that returns after it, so park() is a tail call
// down to the assembly, and wakers deliver results into the parked party's memory.

#include <weft/detail/runtime/park.h>
#include <weft/go.h>

#include <algorithm>

#include "arch/switch.h"
#include "os/clock.h"
#include "os/processors.h"
#include "runtime/fatal.h"
#include "runtime/foreign_locks.h"
#include "runtime/sanitizer.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"
#include "runtime/trace_points.h"
#include "runtime/wait_profile.h"

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// run_next is taken in a row while others wait: a ping-pong pair shares one time slice, and must
// not keep it. A slice is so many turns, or so long if the turns are long; and a pair of short
// turns beside one of long turns goes on for as long as that did.
constexpr std::uint32_t k_slice_turns = 64;
constexpr std::int64_t k_slice_ns = 250'000;
constexpr std::int64_t k_longest_match_ns = 10'000'000;
// How many turns pass before the length of a turn is known.
constexpr std::uint32_t k_turns_between_looks = 12;

// Runs on the stack switched to.
void arrive(void* from) noexcept {
  auto* prev = static_cast<goroutine*>(from);
  sanitizer::finish_switch();
  if (WEFT_UNLIKELY(prev->has_canary) && stack_pool::overflowed(*prev)) fatal_overflow(*prev);
  commit_fn commit = prev->commit;
  void* arg = prev->commit_arg;
  // [PK-1] release-store; pairs with the acquire-load [DU-1]: prev's stack is quiet.
  prev->on_cpu.store(false, release);
  if (commit != nullptr) commit(arg);
}

void queue_behind(void* arg) noexcept {
  auto& g = *static_cast<goroutine*>(arg);
  worker& w = *current_worker();
  scheduler& s = *scheduler::instance();
  if (s.migrate_always || !w.p->queue.push(g)) {
    s.inject(g);
  } else {
    s.wake_for_local_work(*w.p, scheduler::k_queued_weight);
  }
}

void yield_to(worker& w, goroutine& self, goroutine& to) noexcept {
  self.commit = queue_behind;
  self.commit_arg = &self;
  // [PK-3] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  self.status.store(goroutine_status::runnable, release);
  switch_to(w, self, to);
}

// Called at p.next_look turns: the first few, then about when the slice should be over.
WEFT_NOINLINE bool slice_goes_on(processor& p) noexcept {
  p.next_look = p.streak + k_turns_between_looks;
  if (p.queued() == 0) {
    p.slice_start = 0;
    return true;
  }
  std::int64_t now = os::monotonic_now();
  if (p.streak <= processor::k_first_look || p.slice_start == 0) {
    p.slice_start = now;
    p.slice_start_turn = p.streak;
    return true;
  }
  std::int64_t lasted = now - p.slice_start;
  bool long_turns = p.streak < k_slice_turns;
  std::int64_t limit = long_turns ? std::max(k_slice_ns, p.match_ns) : p.match_ns;
  if (lasted < limit) {
    std::int64_t a_turn = lasted / (p.streak - p.slice_start_turn) + 1;
    p.next_look = p.streak + static_cast<std::uint32_t>(std::min<std::int64_t>(
                                 (limit - lasted) / a_turn + 1, k_slice_turns));
    return true;
  }
  p.match_ns = long_turns ? std::min(lasted, k_longest_match_ns) : p.match_ns - p.match_ns / 8;
  return false;
}

// The same for a goroutine that ends a wait which the block profile records.
void arrive_to_record(void* from) noexcept {
  wait_samples& s = current_worker()->p->waits;
  double count = s.count;
  double ns = s.value;
  arrive(from);
  record_blocked(count, ns);
}

WEFT_ALWAYS_INLINE void leave_for(worker& w, goroutine& from, goroutine& to,
                                  arch::arrive_fn how = arrive) noexcept {
  w.current.store(&to, relaxed);  // [PK-10] relaxed: for dumps.
  // [PK-11] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  to.status.store(goroutine_status::running, release);
  to.last_worker.store(&w, relaxed);  // [PK-19] relaxed: for dumps.
  to.fresh = false;
  from.exceptions = *w.exceptions;
  *w.exceptions = to.exceptions;
  sanitizer::start_switch(from, to);
  arch::weft_switch_stack(&from.sp, to.sp, how, &from);
}

// Apart, so that the switch nobody watches saves no registers.
WEFT_NOINLINE void leave_watched(worker& w, goroutine& from, goroutine& to) noexcept {
  if (WEFT_UNLIKELY(trace::watched())) trace::note_switched(w, from, to);
  bool records = probed(probe::block_profile) && note_block_switch(w, from, to);
  leave_for(w, from, to, records ? arrive_to_record : arrive);
}

}  // namespace

goroutine& pick_next(worker& w) noexcept {
  processor& p = *w.p;
  std::uint32_t tick = p.tick.load(relaxed) + 1;  // [PK-4] relaxed: own thread's counter.
  p.tick.store(tick, relaxed);                    // [PK-5] relaxed: the monitor's hint.
  // [PK-6] relaxed: looked at again below, behind the fence.
  if (WEFT_UNLIKELY(tick % k_cadence == 0 || p.attention.load(relaxed))) return w.base;
  goroutine* g = nullptr;
  if (p.has_run_next() && (++p.streak < p.next_look || slice_goes_on(p))) {
    g = p.exchange_run_next(nullptr);
  }
  if (g == nullptr) {
    p.begin_slice();
    g = p.pop();
    if (g == nullptr) return w.base;
  }
  // [PK-7] relaxed: ordered before the look at attention by the fence; see freeze().
  g->on_cpu.store(true, relaxed);
  os::fence_light();
  // [PK-8] relaxed: see [PK-7].
  if (WEFT_UNLIKELY(p.attention.load(relaxed))) {
    // [PK-9] release-store; pairs with the acquire-load [DU-1]. Nobody has run it since [PK-1].
    g->on_cpu.store(false, release);
    if (!p.push(*g)) scheduler::instance()->inject(*g);
    return w.base;
  }
  return *g;
}

void switch_to(worker& w, goroutine& from, goroutine& to) noexcept {
  if (trace::switches_watched()) {
    leave_watched(w, from, to);
    return;
  }
  leave_for(w, from, to);
}

void make_next(scheduler& s, worker& w, goroutine& g) noexcept {
  processor& p = *w.p;
#if WEFT_RACE
  // An order that is always the same hides races: half of the time to the back of the queue.
  if (sched::choose(2) == 0 && p.push(g)) {
    s.wake_for_local_work(p, scheduler::k_queued_weight);
    return;
  }
#endif
  std::uint32_t weight = scheduler::k_run_next_weight;
  if (goroutine* old = p.exchange_run_next(&g)) {
    if (!p.push(*old)) s.inject(*old);
    weight = scheduler::k_queued_weight;
  }
  s.wake_for_local_work(p, weight);
}

party& current_party() noexcept {
  worker* w = current_worker();
  // Inside blocking() the thread itself may block: there is no processor to hand on.
  if (w == nullptr || w->p == nullptr) return this_thread_party();
  return *w->current.load(relaxed);  // [PK-12] relaxed: own.
}

namespace {

WEFT_NOINLINE void park_a_thread(thread_party& t, wait_reason why, commit_fn commit,
                                 void* arg) noexcept {
  if (!probed(probe::block_profile)) {
    park_thread(t, why, commit, arg);
    return;
  }
  std::int64_t since = os::monotonic_now();
  park_thread(t, why, commit, arg);
  note_thread_blocked(why, since, os::monotonic_now());
}

}  // namespace

void park(party& self, wait_reason why, commit_fn commit, void* arg) noexcept {
  if (WEFT_UNLIKELY(self.kind == party_kind::thread)) {
    park_a_thread(static_cast<thread_party&>(self), why, commit, arg);
    return;
  }
  auto& g = static_cast<goroutine&>(self);
  check_foreign_locks(g, why);
  worker& w = *g.last_worker.load(relaxed);  // [PK-20] relaxed: own.
  g.commit = commit;
  g.commit_arg = arg;
  // [PK-13] relaxed: for dumps, which look when the goroutine is off the processor.
  g.why.store(why, relaxed);
  g.parked_at.store(scheduler::coarse_now(), relaxed);
  // [PK-21] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  g.status.store(goroutine_status::waiting, release);
  processor_counts::add(w.p->counts.parks);
  goroutine& next = pick_next(w);
  switch_to(w, g, next);
}

void ready(party& p) noexcept {
  if (WEFT_UNLIKELY(p.kind == party_kind::thread)) {
    unpark_thread(static_cast<thread_party&>(p));
    return;
  }
  auto& g = static_cast<goroutine&>(p);
  trace::woken(g);
  // [PK-14] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  g.status.store(goroutine_status::runnable, release);
  scheduler& s = *scheduler::instance();
  worker* w = current_worker();
  if (WEFT_UNLIKELY(w == nullptr || w->p == nullptr || s.migrate_always)) {
    s.inject(g);
    return;
  }
  make_next(s, *w, g);
}

void ready_and_yield(party& p) noexcept {
  ready(p);
  worker* w = current_worker();
  if (p.kind == party_kind::thread || w == nullptr || w->p == nullptr) return;
  goroutine& self = *w->current.load(relaxed);  // [PK-15] relaxed: own.
  if (&self == &w->base) return;                // a timer's fire function
  yield_to(*w, self, pick_next(*w));
}

unsigned processor_hint() noexcept {
  worker* w = current_worker();
  if (w != nullptr && w->p != nullptr) return w->p->index;
  // A plain thread: stacks of threads are far apart.
  auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return static_cast<unsigned>((stack >> 16) * 0x9E3779B97F4A7C15ULL >> 40);
}

unsigned own_processor() noexcept {
  worker* w = current_worker();
  return w != nullptr && w->p != nullptr ? w->p->index : k_no_processor;
}

unsigned processors_to_expect() noexcept {
  scheduler* s = scheduler::instance();
  return std::max(s == nullptr ? 0U : s->target(), os::usable_processors());
}

bool may_spin() noexcept {
  worker* w = current_worker();
  if (w == nullptr) return scheduler::instance() == nullptr || scheduler::instance()->target() > 1;
  if (w->p == nullptr || w->wants_rest) return false;
  return scheduler::instance()->target() > 1 && w->p->queued() == 0 && !w->p->has_run_next();
}

}  // namespace detail

void yield() {
  using namespace detail;
  sched::point(sched::op::yield, nullptr);
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) {
    yield_thread();
    return;
  }
  processor& p = *w->p;
  goroutine& self = *w->current.load(relaxed);  // [PK-16] relaxed: own.
  if (!p.has_run_next() && p.queued() == 0) {
    // Nobody here to yield to: only keep the cadence of the global queue and the timers.
    std::uint32_t tick = p.tick.load(relaxed) + 1;  // [PK-17] relaxed: as [PK-4].
    if (WEFT_LIKELY(tick % k_cadence != 0 && !p.attention.load(relaxed) &&
                    !scheduler::instance()->migrate_always)) {
      p.tick.store(tick, relaxed);  // [PK-18] relaxed: as [PK-5].
      return;
    }
  }
  yield_to(*w, self, pick_next(*w));
}

}  // namespace weft::inline WEFT_WORLD
