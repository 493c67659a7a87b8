// SPDX-License-Identifier: Apache-2.0
// thread_party.cc: see thread_party.h.                                                Floor 3.

#include "runtime/thread_party.h"

#include "os/futex.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

thread_local thread_party t_party;

lock g_parked_lock{lock_rank::leaf};
thread_party* g_parked = nullptr;  // guarded by g_parked_lock, as the links

// Once in a thread's life.
WEFT_COLD void learn_place(thread_party& t) noexcept {
  t.tid = static_cast<long>(gettid());
  pthread_attr_t attr;
  if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
  void* low = nullptr;
  std::size_t size = 0;
  pthread_attr_getstack(&attr, &low, &size);
  pthread_attr_destroy(&attr);
  t.stack_low = static_cast<char*>(low);
  t.stack_high = t.stack_low + size;
}

void list_parked(thread_party& t) noexcept {
  if (t.tid == 0) learn_place(t);
  lock_scope hold(g_parked_lock);
  t.prev_parked = nullptr;
  t.next_parked = g_parked;
  if (g_parked != nullptr) g_parked->prev_parked = &t;
  g_parked = &t;
}

void unlist_parked(thread_party& t) noexcept {
  lock_scope hold(g_parked_lock);
  (t.prev_parked != nullptr ? t.prev_parked->next_parked : g_parked) = t.next_parked;
  if (t.next_parked != nullptr) t.next_parked->prev_parked = t.prev_parked;
}

}  // namespace

void for_each_parked_thread(void (*f)(thread_party& t, void* arg), void* arg) {
  lock_scope hold(g_parked_lock);
  for (thread_party* t = g_parked; t != nullptr; t = t->next_parked) f(*t, arg);
}

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
  t.why = why;
  t.commit = commit;
  t.commit_arg = arg;
  t.frame = __builtin_frame_address(0);
  list_parked(t);
  if (commit != nullptr) commit(arg);
  // [TP-2] acquire; pairs with the release [TP-3]: sees what the waker delivered.
  while (t.woken.load(acquire) == 0) os::futex_wait(t.woken, 0);
  unlist_parked(t);
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
