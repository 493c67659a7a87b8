// SPDX-License-Identifier: Apache-2.0
// sleep_queue.cc: see sleep_queue.h.                                                  Floor 4.

#include <weft/detail/sync/cancellation.h>
#include <weft/detail/sync/charge.h>
#include <weft/detail/sync/sleep_queue.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

bool sleep_queue::acquire(wait_reason why, bool front) {
  lock_.acquire_lock();
  if (permits_ > 0) {
    --permits_;
    lock_.release_lock();
    return false;
  }
  party& self = current_party();
  waiter& w = self.self;
  w.owner = &self;
  w.slot = nullptr;
  w.claim = nullptr;
  w.ok = false;
  begin_wait(w, sleepers_);
  if (front) {
    sleepers_.push_front(w);
  } else {
    sleepers_.push_back(w);
  }
  park(self, why, [](void* l) noexcept { static_cast<lock*>(l)->release_lock(); }, &lock_);
  return w.ok;
}

slept sleep_queue::acquire_unless(wait_reason why, bool front, cancelable_wait& wait) noexcept {
  lock_.acquire_lock();
  if (permits_ > 0) {
    --permits_;
    lock_.release_lock();
    return slept::permit;
  }
  begin_wait(wait.node, sleepers_);
  if (front) {
    sleepers_.push_front(wait.node);
  } else {
    sleepers_.push_back(wait.node);
  }
  wait.park(why, lock_);
  if (wait.canceled()) {
    lock_scope hold(lock_);
    if (wait.node.queued) sleepers_.remove(wait.node);
    return slept::canceled;
  }
  return wait.node.ok ? slept::handoff : slept::permit;
}

contention sleep_queue::give_one(bool handoff) noexcept {
  contention c;
  lock_.acquire_lock();
  waiter* w = sleepers_.pop_claimed();
  if (w == nullptr) {
    ++permits_;
  } else {
    c = end_stretch(*w, sleepers_);
  }
  lock_.release_lock();
  if (w == nullptr) return c;
  w->ok = handoff;
  if (handoff) {
    ready_and_yield(*w->owner);
  } else {
    ready(*w->owner);
  }
  return c;
}

void sleep_queue::give_all(std::uint32_t n) noexcept {
  waiter* first = nullptr;
  waiter** last = &first;
  lock_.acquire_lock();
  for (; n != 0; --n) {
    waiter* w = sleepers_.pop_claimed();
    if (w == nullptr) {
      permits_ += n;  // these have announced themselves and are on their way here
      break;
    }
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  lock_.release_lock();
  while (first != nullptr) {
    waiter* next = first->next;
    ready(*first->owner);
    first = next;
  }
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
