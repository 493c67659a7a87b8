// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_queue: first-in first-out list of parties blocked on something.                Floor 3.
//
// INV-1 a waiter is on at most one queue; `queued` says so; the queue's owner's lock guards both.
// INV-2 whoever takes a waiter off a queue and, if it is part of a select, wins its claim, must
//       call ready() on its party exactly once, after letting go of the lock. Nobody else may.

#include <weft/detail/base/assert.h>
#include <weft/detail/base/atomic.h>
#include <weft/detail/contract/hb.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

struct party;

/// Which of a select's cases fired: shared by all the waiters of one select.
struct select_claim {
  static constexpr std::uint32_t k_open = ~std::uint32_t{0};
  shared_word<std::uint32_t> winner{k_open};

  /// True for exactly one caller over the life of the claim.
  bool try_win(std::uint32_t index) noexcept {
    std::uint32_t open = k_open;
    // [SC-1] relaxed: each caller holds its channel's lock, and the loser learns the outcome
    //        under those locks after ready(); the word itself publishes nothing.
    return winner.compare_exchange_strong(open, index, relaxed, relaxed);
  }
};

/// One blocked party in one queue. Lives on the blocked party's stack or in the party itself.
struct waiter {
  waiter* next = nullptr;  // guarded by the queue's lock, as prev and queued
  waiter* prev = nullptr;
  party* owner = nullptr;         // immutable while queued
  void* slot = nullptr;           // where the value is taken from or delivered to
  select_claim* claim = nullptr;  // null unless one of a select's cases
  std::uint32_t index = 0;        // the case's index
  bool queued = false;
  bool ok = false;           // written by the waker: delivered (true) or closed (false)
  std::uint32_t weight = 0;  // of a lock: how many waits this one stands for, see charge.h
  std::int64_t since = 0;    // steady nanoseconds, unless the weight is 0
  [[no_unique_address]] hb::moving_cell before;  // the party's clock before it parked
  [[no_unique_address]] hb::moving_cell after;   // the waker's clock, acquired on resume
};

/// Intrusive list; push and pop are O(1), so is removal from the middle. Not thread-safe.
class wait_queue {
 public:
  /// Exact under the owner's lock, a glimpse without it.
  [[nodiscard]] bool empty() const noexcept {
    return head_.load(relaxed) == nullptr;  // [WQ-1] relaxed: guarded by the lock, or a hint.
  }

  void push_back(waiter& w) noexcept {
    WEFT_ASSERT_2(!w.queued);
    w.next = nullptr;
    w.prev = tail_;
    if (tail_ != nullptr) {
      tail_->next = &w;
    } else {
      set_head(&w);
    }
    tail_ = &w;
    w.queued = true;
  }

  void push_front(waiter& w) noexcept {
    WEFT_ASSERT_2(!w.queued);
    w.prev = nullptr;
    w.next = head();
    (w.next != nullptr ? w.next->prev : tail_) = &w;
    set_head(&w);
    w.queued = true;
  }

  void remove(waiter& w) noexcept {
    WEFT_ASSERT_2(w.queued);
    if (w.prev != nullptr) {
      w.prev->next = w.next;
    } else {
      set_head(w.next);
    }
    (w.next != nullptr ? w.next->prev : tail_) = w.prev;
    w.queued = false;
  }

  /// The first waiter, or null; its select may have been decided elsewhere.
  [[nodiscard]] waiter* front() const noexcept { return head(); }

  /// Takes the first waiter that still wants to be woken: one of a select only if its claim is
  /// won here. Waiters whose select was decided elsewhere are dropped on the way.
  waiter* pop_claimed() noexcept {
    while (waiter* w = head()) {
      remove(*w);
      if (w->claim == nullptr || w->claim->try_win(w->index)) return w;
    }
    return nullptr;
  }

 private:
  // [WQ-2] relaxed: written under the owner's lock only.
  [[nodiscard]] waiter* head() const noexcept { return head_.load(relaxed); }
  void set_head(waiter* w) noexcept { head_.store(w, relaxed); }

  shared_word<waiter*> head_{nullptr};
  waiter* tail_ = nullptr;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
