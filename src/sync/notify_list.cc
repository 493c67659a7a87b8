// SPDX-License-Identifier: Apache-2.0
// notify_list.cc: see notify_list.h.                                                  Floor 4.
//
// Source: Go's runtime/sema.go, notifyList, for what it promises: strictly first come first
// served, counted from before the unlock. There a waiter that has not parked yet is known by its
// ticket only; here it is on the list already, so that no ticket is needed.

#include <weft/detail/contract/sched.h>
#include <weft/detail/sync/notify_list.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

// The party is off its stack: from here on it must be woken.
void commit_wait(void* arg) noexcept {
  auto& w = *static_cast<notify_waiter*>(arg);
  party& owner = *w.owner;
  std::uint32_t joined = notify_waiter::k_joined;
  // [NL-1] release, for its owner's stack; pairs with the acquire [NL-2]. acquire; pairs with the
  //        release [NL-2], if that came first.
  if (!w.stage.compare_exchange_strong(joined, notify_waiter::k_parked, acq_rel, acquire))
    ready(owner);
}

// w is off the list. It is gone after this, unless it is woken here.
void tell(notify_waiter& w) noexcept {
  if (w.cancelable != nullptr) {
    w.cancelable->wake();
    return;
  }
  party& owner = *w.owner;
  // [NL-2] acq_rel; pairs with [NL-1], [NL-3].
  if (w.stage.exchange(notify_waiter::k_notified, acq_rel) == notify_waiter::k_parked) ready(owner);
}

}  // namespace

void notify_list::join(notify_waiter& w) noexcept {
  w.owner = &current_party();
  w.slot = this;  // for reports
  if (w.cancelable != nullptr) {
    w.claim = &w.cancelable->claim();
    w.cancelable->node.slot = this;
  }
  lock_scope hold(lock_);
  waiting_.push_back(w);
}

void notify_list::wait(notify_waiter& w) noexcept {
  sched::touch(sched::op::condition_sleep, this);
  // [NL-3] acquire; pairs with the release [NL-2].
  if (w.stage.load(acquire) == notify_waiter::k_joined)
    park(*w.owner, wait_reason::condition_wait, commit_wait, &w);
  hb::acquire(w.after);  // E15
}

bool notify_list::wait_unless(notify_waiter& w) noexcept {
  sched::touch(sched::op::context_err, &w.cancelable->signal());
  sched::touch(sched::op::condition_sleep, this);
  w.cancelable->park_unlocked(wait_reason::condition_wait);
  if (!w.cancelable->canceled()) {
    hb::acquire(w.after);  // E15
    return true;
  }
  sched::touch(sched::op::condition_wait, this);
  lock_scope hold(lock_);
  if (w.queued) waiting_.remove(w);
  return false;
}

void notify_list::leave(notify_waiter& w) noexcept {
  lock_.acquire_lock();
  bool listed = w.queued;
  if (listed) waiting_.remove(w);
  lock_.release_lock();
  if (listed) return;
  // Notified, then: the notification is for somebody who waits.
  if (w.cancelable == nullptr) {
    wait(w);
  } else if (!wait_unless(w)) {
    return;
  }
  notify_one();
}

bool notify_list::notify_one() noexcept {
  if (waiting_.empty()) return false;
  lock_.acquire_lock();
  waiter* w = waiting_.pop_claimed();
  if (w != nullptr) hb::release(w->after);  // E15
  lock_.release_lock();
  if (w == nullptr) return false;
  tell(static_cast<notify_waiter&>(*w));
  return true;
}

bool notify_list::notify_all() noexcept {
  if (waiting_.empty()) return false;
  waiter* first = nullptr;
  waiter** last = &first;
  lock_.acquire_lock();
  while (waiter* w = waiting_.pop_claimed()) {
    hb::release(w->after);  // E15
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  lock_.release_lock();
  while (first != nullptr) {
    waiter* next = first->next;
    tell(static_cast<notify_waiter&>(*first));
    first = next;
  }
  return true;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
