// SPDX-License-Identifier: Apache-2.0
#pragma once
// spawn_deque: a processor's goroutines that have not run yet.                        Floor 3.
//
// The owner takes the newest, so that a tree of goroutines is run depth first and few stacks
// are in use at once; thieves take the oldest, which stands for the largest part of the tree.
//
// The oldest lies on offer, apart from the ring, where a thief takes it by one exchange; the owner
// puts the next one there when it comes by. So that a busy owner is never interrupted: only where
// one runs on for long need a thief go for the ring.
// Source: the offer, after U. Acar, A. Chargueraud and M. Rainey, "Scheduling Parallel Programs by
// Work Stealing with Private Deques", PPoPP 2013; the ring, D. Chase and Y. Lev, "Dynamic Circular
// Work-Stealing Deque", SPAA 2005, without growth. The store-load pair of pop() and
// steal_from_ring() is an asymmetric fence, free for the owner.
//
// INV-1 head <= tail <= head + k_size (modulo 2^32), but that pop() lets tail stand one too low
//       for a moment.
// INV-2 only the owner writes slots and tail; anyone may advance head, by compare-and-swap.
// INV-3 the last goroutine of the ring goes to whoever advances head over it.
// INV-4 only the owner makes the offer non-null, and only where it is null; whoever exchanges it
//       for null has it. What is on offer is older than what is in the ring.
// Explored by: tests/model/spawn_deque.cc once the checker exists; stress: scheduler_test.cc.

#include "os/asymmetric_fence.h"
#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

class spawn_deque {
 public:
  static constexpr std::uint32_t k_size = 256;

  /// Exact for the owner, a glimpse for others.
  [[nodiscard]] std::uint32_t size() const noexcept {
    std::uint32_t head = head_.load(relaxed);  // [DQ-1] relaxed: a glimpse.
    std::uint32_t tail = tail_.load(relaxed);  // [DQ-2] relaxed: a glimpse.
    auto n = static_cast<std::int32_t>(tail - head);
    return (n > 0 ? static_cast<std::uint32_t>(n) : 0) + (has_offer() ? 1 : 0);
  }

  /// Owner only. False if the ring is full.
  bool push(goroutine& g) noexcept {
    // [DQ-3] acquire; pairs with the release [DQ-4], [DQ-10], [DQ-17]: the slot's last reader is
    // done.
    std::uint32_t head = head_.load(acquire);
    std::uint32_t tail = tail_.load(relaxed);  // [DQ-5] relaxed: own thread wrote it.
    if (WEFT_UNLIKELY(!has_offer())) {
      goroutine* oldest = head == tail ? nullptr : take_from_ring();
      if (oldest == nullptr) {
        make_offer(g);
        return true;
      }
      make_offer(*oldest);
    } else if (tail - head >= k_size) {
      return false;
    }
    slots_[tail % k_size].store(&g, relaxed);  // [DQ-6] relaxed: published by [DQ-7].
    // [DQ-7] release-store; pairs with the acquire-load [DQ-8]. Publishes the slot and *g.
    tail_.store(tail + 1, release);
    return true;
  }

  /// Owner only: the newest.
  goroutine* pop() noexcept {
    std::uint32_t tail = tail_.load(relaxed) - 1;  // [DQ-9] relaxed: own thread wrote it.
    if (static_cast<std::int32_t>(tail - head_.load(relaxed)) < 0) return take_offer();
    tail_.store(tail, relaxed);  // [DQ-11] relaxed: ordered before the look at head by the fence.
    os::fence_light();
    std::uint32_t head = head_.load(relaxed);  // [DQ-12] relaxed: see [DQ-11].
    auto left = static_cast<std::int32_t>(tail - head);
    goroutine* g = slots_[tail % k_size].load(relaxed);  // [DQ-13] relaxed: own thread wrote it.
    if (left > 0) {
      if (WEFT_UNLIKELY(!has_offer())) renew_offer();
      return g;
    }
    // The last one, or none: thieves may be after it too.
    // [DQ-10] release; pairs with the acquire [DQ-3].
    bool won = left == 0 && head_.compare_exchange_strong(head, head + 1, release, relaxed);
    tail_.store(tail + 1, relaxed);  // [DQ-14] relaxed: publishes no slot.
    return won ? g : take_offer();
  }

  /// Owner only: the oldest.
  goroutine* take_oldest() noexcept {
    goroutine* g = take_offer();
    if (g == nullptr) g = take_from_ring();
    return g;
  }

  /// Any thread: what is on offer, the oldest mostly.
  goroutine* take_offer() noexcept {
    if (!has_offer()) return nullptr;
    // [DQ-19] acquire; pairs with the release-store [DQ-20]: sees *g.
    return offer_.exchange(nullptr, acquire);
  }

  /// Any thread: the oldest of the ring. Slow, and interrupts the owner for a moment.
  goroutine* steal_from_ring() noexcept {
    std::uint32_t head = head_.load();
    if (static_cast<std::int32_t>(tail_.load() - head) <= 0) return nullptr;
    os::fence_heavy();
    // [DQ-8] acquire-load; pairs with the release-store [DQ-7].
    std::uint32_t tail = tail_.load(acquire);
    if (static_cast<std::int32_t>(tail - head) <= 0) return nullptr;
    goroutine* g = slots_[head % k_size].load(relaxed);  // [DQ-15] relaxed: see [DQ-8].
    // [DQ-4] release; pairs with the acquire [DQ-3], [DQ-16]: the slot has been read.
    return head_.compare_exchange_strong(head, head + 1, release, relaxed) ? g : nullptr;
  }

 private:
  [[nodiscard]] bool has_offer() const noexcept {
    return offer_.load(relaxed) != nullptr;  // [DQ-21] relaxed: a look.
  }

  void make_offer(goroutine& g) noexcept {
    // [DQ-20] release-store; pairs with the acquire [DQ-19]. Publishes *g.
    offer_.store(&g, release);
  }

  void renew_offer() noexcept {
    if (goroutine* g = take_from_ring()) make_offer(*g);
  }

  // Owner only: the oldest of the ring.
  goroutine* take_from_ring() noexcept {
    // [DQ-16] acquire; pairs with the release [DQ-4], [DQ-17].
    std::uint32_t head = head_.load(acquire);
    while (static_cast<std::int32_t>(tail_.load() - head) > 0) {
      goroutine* g = slots_[head % k_size].load(relaxed);  // [DQ-18] relaxed: own thread wrote it.
      // [DQ-17] release; pairs with the acquire [DQ-3], [DQ-16]: the slot has been read.
      if (head_.compare_exchange_weak(head, head + 1, release, acquire)) return g;
    }
    return nullptr;
  }

  alignas(k_cache_line) shared_word<std::uint32_t> head_{0};
  alignas(k_cache_line) shared_word<std::uint32_t> tail_{0};
  shared_word<goroutine*> slots_[k_size] = {};
  alignas(k_cache_line) shared_word<goroutine*> offer_{nullptr};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
