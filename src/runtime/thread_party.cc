// SPDX-License-Identifier: Apache-2.0
// thread_party.cc: see thread_party.h.                                                Floor 3.

#include "runtime/thread_party.h"

#include "os/futex.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"

#include <sched.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

thread_local thread_party t_party;

}  // namespace

WEFT_NOINLINE thread_party& this_thread_party() noexcept {
  thread_party* t = &t_party;
  asm volatile("" : "+r"(t));
  return *t;
}

void park_thread(thread_party& t, wait_reason why, commit_fn commit, void* arg) noexcept {
  refuse_forked_child();
  trace::thread_parked(t, why);
  t.woken.store(0, relaxed);  // [TP-1] relaxed: nobody knows of this park before commit.
  scheduler* s = scheduler::instance();
  t.counted = s != nullptr;
  if (t.counted) {
    s->blocked_threads.fetch_add(1);
    s->nudge_monitor();
  }
  if (commit != nullptr) commit(arg);
  // [TP-2] acquire; pairs with the release [TP-3]: sees what the waker delivered.
  while (t.woken.load(acquire) == 0) os::futex_wait(t.woken, 0);
  trace::thread_resumed(t);
}

void unpark_thread(thread_party& t) noexcept {
  trace::thread_woken(t);
  // Before the thread can run on: a deadlock must not be seen between the two.
  if (t.counted) {
    scheduler::instance()->blocked_threads.fetch_sub(1);
    scheduler::instance()->nudge_monitor();
  }
  // [TP-3] release; pairs with the acquire-load [TP-2]. The thread may end at once, and `t` with
  // it; the wake-up does not read the word.
  t.woken.store(1, release);
  os::futex_wake(t.woken, 1);
}

void yield_thread() noexcept { sched_yield(); }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
