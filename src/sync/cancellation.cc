// SPDX-License-Identifier: Apache-2.0
// cancellation.cc: see cancellation.h.                                                Floor 4.

#include <weft/detail/sync/cancellation.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

cancelable_wait::~cancelable_wait() {
  if (!subscribed_) return;
  // A canceller that has won is done with this once it has claimed the party; before that, in a
  // call that did not need to park, it is about to, and has the lock.
  if (canceled() && stage_.load() != running) return;
  lock_scope hold(signal_->lock_);
  if (!listed_) return;
  (prev_ != nullptr ? prev_->next_ : signal_->waits_) = next_;
  if (next_ != nullptr) next_->prev_ = prev_;
}

std::error_code cancelable_wait::subscribe() noexcept {
  sched::touch(sched::op::context_err, signal_);
  {
    lock_scope hold(signal_->lock_);
    if (!signal_->ended_locked()) {
      next_ = signal_->waits_;
      if (next_ != nullptr) next_->prev_ = this;
      signal_->waits_ = this;
      listed_ = true;
      subscribed_ = true;
      return {};
    }
  }
  return signal_->ended();
}

void cancelable_wait::commit(void* arg) noexcept {
  // Copies: once the stage is set, a canceller may make the owner run, and this is its stack.
  auto [wait, queue_lock] = *static_cast<commit_of_park*>(arg);
  party& owner = *wait->node.owner;
  // The claim is the canceller's in this case: nobody else makes the party ready, and the wait
  // lives on until that is done. In the other case a waker may end it as soon as the queue is
  // unlocked, and a canceller may wake the owner now, who waits for the queue's lock then.
  bool canceled = wait->stage_.exchange(parked) == claimed;
  queue_lock->release_lock();
  if (canceled) ready(owner);
}

void cancelable_wait::park(wait_reason why, lock& queue_lock) noexcept {
  commit_of_park arg{this, &queue_lock};
  detail::park(*node.owner, why, commit, &arg);
}

void cancelable_wait::commit_unlocked(void* arg) noexcept {
  auto& wait = *static_cast<cancelable_wait*>(arg);
  party& owner = *wait.node.owner;
  if (wait.stage_.exchange(parked) == claimed) ready(owner);
}

void cancelable_wait::park_unlocked(wait_reason why) noexcept {
  detail::park(*node.owner, why, commit_unlocked, this);
}

cancelable_wait::parked_wait cancelable_wait::behind(commit_fn how, const void* arg) noexcept {
  if (how == commit) {
    const auto& [wait, queue_lock] = *static_cast<const commit_of_park*>(arg);
    return {wait, queue_lock};
  }
  if (how == commit_unlocked) return {static_cast<const cancelable_wait*>(arg), nullptr};
  return {nullptr, nullptr};
}

void cancelable_wait::wake() noexcept {
  party& owner = *node.owner;
  if (stage_.exchange(claimed) == parked) ready(owner);
}

void cancel_signal::end_locked(errc why, wake_list& wake) noexcept {
  WEFT_ASSERT(!ended_locked());
  hb::release(cell_);  // E19
  // [CN-3] seq_cst; pairs with the load [CN-2].
  error_.store(static_cast<int>(why));
  while (cancelable_wait* w = waits_) {
    waits_ = w->next_;
    w->listed_ = false;
    if (!w->claim_.try_win(cancelable_wait::k_canceled)) continue;
    if (w->stage_.exchange(cancelable_wait::claimed) != cancelable_wait::parked) {
      // It is on its way to sleep, and no notification is for it any more.
      sched::touch_which(sched::op::condition_wait, [w] { return w->node.slot; });
      continue;
    }
    w->next_ = wake.first;
    wake.first = w;
  }
}

void cancel_signal::wake_list::ready_all() const noexcept {
  for (cancelable_wait* w = first; w != nullptr;) {
    cancelable_wait* next = w->next_;  // read now: the wait is gone once its party runs
    ready(*w->node.owner);
    w = next;
  }
}

std::error_code wait_for_end(cancel_signal& signal, wait_reason why) noexcept {
  cancelable_wait wait(signal);
  if (std::error_code e = wait.subscribe()) return e;
  wait.park_unlocked(why);
  return signal.ended();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
