// SPDX-License-Identifier: Apache-2.0
// timers.cc: arming, disarming and sleeping. The heaps are run by find_work.cc.       Floor 3.

#include <weft/detail/runtime/timers.h>

#include "os/clock.h"
#include "runtime/scheduler.h"
#include "runtime/thread_party.h"

#include <ctime>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

struct sleeper : timer_node {
  nanotime_t until = 0;
  party* who = nullptr;
};

void wake_sleeper(timer_node& node, nanotime_t) noexcept {
  ready(*static_cast<sleeper&>(node).who);
}

// Once the party is off its stack, or the timer could wake it too early.
void queue_sleeper(void* arg) noexcept {
  auto& s = *static_cast<sleeper*>(arg);
  if (arm_timer(s, s.until)) return;
  s.who->self.ok = false;
  ready(*s.who);
}

void sleep_thread(nanotime_t until) noexcept {
  timespec t{};
  t.tv_sec = static_cast<time_t>(until / 1'000'000'000);
  t.tv_nsec = static_cast<long>(until % 1'000'000'000);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) == EINTR) {
  }
}

}  // namespace

nanotime_t nanotime() noexcept { return os::monotonic_now(); }

void ensure_runtime() { scheduler::ensure_started(); }

// A worker uses its own processor's heap. Other threads use any live one's, which must not be
// retired meanwhile: hence the lock.
bool scheduler::arm(timer_node& node, nanotime_t when) noexcept {
  worker* w = current_worker();
  bool first = false;
  if (w != nullptr && w->p != nullptr) return w->p->timers.insert(node, when, &first);
  lock_scope hold(lock_);
  processor* p = nullptr;
  for_each_processor([&](processor& q) {
    if (p == nullptr && q.live.load()) p = &q;
  });
  if (!p->timers.insert(node, when, &first)) return false;
  if (first) {
    if (worker* owner = p->owner.load(); owner->state.load() == worker_state::idle) poke(*owner);
  }
  return true;
}

bool arm_timer(timer_node& node, nanotime_t when) noexcept {
  return scheduler::instance()->arm(node, when);
}

bool disarm_timer(timer_node& node) noexcept {
  // The heap changes when its processor is retired: ask until the answer is about the right one.
  while (timer_heap* heap = node.heap.load())
    if (heap->remove(node)) return true;
  return false;
}

void sleep_until_nanotime(nanotime_t until) {
  party& self = current_party();
  if (self.kind == party_kind::thread) {
    sleep_thread(until);
    return;
  }
  sleeper s;
  s.fire = wake_sleeper;
  s.until = until;
  s.who = &self;
  self.self.ok = true;
  park(self, wait_reason::sleep, queue_sleeper, &s);
  if (!self.self.ok) throw std::bad_alloc();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
