// SPDX-License-Identifier: Apache-2.0
// blocking.cc: handing a processor on while its worker's thread is blocked, and giving processors
// up when there are too many.                                                         Floor 3.

#include <weft/go.h>

#include "runtime/scheduler.h"
#include "runtime/trace_points.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

void scheduler::become_spare_locked(worker& w) noexcept {
  w.p = nullptr;
  w.word.store(worker::k_asleep);
  w.state.store(worker_state::spare);
  w.next = spare_;
  spare_ = &w;
}

worker* scheduler::spare_or_new_locked() noexcept {
  if (worker* w = spare_) {
    spare_ = w->next;
    return w;
  }
  return new_worker_locked();
}

// `to` is asleep and stays so: it now idles on behalf of p.
void scheduler::give_processor_locked(processor& p, worker& to) noexcept {
  to.p = &p;
  p.owner.store(&to);
  push_idle_locked(to);
}

// The processor stays with an idle sleeper: if nothing needs it, the call costs no wake-up.
void scheduler::enter_blocking(worker& w, goroutine& g) noexcept {
  // [BL-1] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  g.status.store(goroutine_status::blocking, release);
  trace::blocking_began(g);
  blocking_calls.fetch_add(1);
  processor& p = *w.p;
  // What is in run_next would be invisible to others for a while.
  if (goroutine* next = p.exchange_run_next(nullptr)) {
    if (!p.push(*next)) inject(*next);
  }
  worker* heir = nullptr;
  {
    lock_scope hold(lock_);
    heir = spare_or_new_locked();
    if (heir == nullptr) return;  // no thread to be had: keep the processor, others can steal
    w.p = nullptr;
    w.state.store(worker_state::blocked);
    give_processor_locked(p, *heir);
  }
  os::fence_heavy();
  if (p.timers.earliest() != k_never) poke(*heir);
  if (work_is_queued()) wake_for_work();
}

bool scheduler::take_idle_processor(worker& w) noexcept {
  lock_scope hold(lock_);
  worker* sleeper = pop_idle_locked();
  if (sleeper == nullptr) return false;
  processor& p = *sleeper->p;
  become_spare_locked(*sleeper);
  w.p = &p;
  p.owner.store(&w);
  w.state.store(worker_state::active);
  blocking_calls.fetch_sub(1);
  nudge_monitor();
  return true;
}

// Runs on the goroutine's stack, on the thread that blocked.
void scheduler::leave_blocking(goroutine& g) noexcept {
  worker& w = *current_worker();
  // [BL-2] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  g.status.store(goroutine_status::running, release);
  if (w.p != nullptr) {
    blocking_calls.fetch_sub(1);
    trace::blocking_ended(g);
    return;
  }
  refuse_forked_child();  // whose locks may be held by threads that it has not
  if (take_idle_processor(w)) {
    trace::blocking_ended(g);
    return;
  }
  // All processors are busy: queue up for one, and let this thread wait for its next job.
  // [BL-3] release-store; pairs with the acquire-load [DU-2]. As [SW-3].
  g.status.store(goroutine_status::runnable, release);
  g.commit = [](void* arg) noexcept {
    instance()->inject(*static_cast<goroutine*>(arg));
    instance()->blocking_calls.fetch_sub(1);
    instance()->nudge_monitor();
  };
  g.commit_arg = &g;
  switch_to(w, g, w.base);
}

// A worker that came back from blocking() and found no processor free.
void scheduler::wait_as_spare(worker& w) noexcept {
  {
    lock_scope hold(lock_);
    become_spare_locked(w);
  }
  sleep_until_called(w);
}

// Gives w's processor up for good. False if its timers could not be moved for want of memory.
bool scheduler::retire_locked(worker& w) noexcept {
  processor& p = *w.p;
  processor* other = nullptr;
  for_each_processor([&](processor& q) {
    if (&q != &p && q.live.load()) other = &q;
  });
  if (other == nullptr || !p.timers.move_to(other->timers)) return false;
  if (worker* owner = other->owner.load()) poke(*owner);
  if (goroutine* g = p.exchange_run_next(nullptr)) push_global_locked(*g);
  while (goroutine* g = p.pop()) push_global_locked(*g);
  give_back_stacks(p);  // before p is somebody else's
  p.live.store(false);
  p.owner.store(nullptr);
  live_.fetch_sub(1);
  return true;
}

// The processor's `attention` flag is up: the world is frozen, or there are too many processors.
void scheduler::attend(worker& w) noexcept {
  processor& p = *w.p;
  if (w.searching) stop_searching(w, false);
  while (frozen_.load() != 0) os::futex_wait(frozen_, 1);
  if (w.wants_rest) rest(w);
  bool retired = false;
  {
    lock_scope hold(lock_);
    clear_attention(p);
    if (p.stuck) {
      p.stuck = false;
      extra_.fetch_sub(1);
    }
    if (live_.load() > target_.load() + extra_.load()) retired = retire_locked(w);
    if (retired) become_spare_locked(w);
  }
  if (!retired) return;
  wake_for_work();
  sleep_until_called(w);
}

bool enter_blocking_call() noexcept {
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) return false;  // a plain thread may block as it likes
  scheduler::instance()->enter_blocking(*w, *w->current.load(relaxed));  // [BL-4] relaxed: own.
  return true;
}

void leave_blocking_call() noexcept {
  worker& w = *current_worker();
  scheduler::instance()->leave_blocking(*w.current.load(relaxed));  // [BL-5] relaxed: own.
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
