// SPDX-License-Identifier: Apache-2.0
#pragma once
// run_queue: a processor's ring of runnable goroutines.                               Floor 3.
//
// The owner pushes at the tail and pops at the head; thieves take the older half from the head,
// straight into their own ring. Source: Go's runtime (runq in proc.go), tokio's queue.rs.
//
// INV-1 head <= tail <= head + k_size (modulo 2^32); slots [head, tail) hold the queue.
// INV-2 only the owner writes slots and tail; anyone may advance head, by compare-and-swap.
// INV-3 a slot is overwritten only after head has passed it, so a thief that read a stale slot
//       fails its swap.
// Explored by: tests/model/run_queue_steal.cc once the checker exists; stress: run_queue_test.cc.

#include <weft/detail/base/assert.h>
#include <weft/detail/base/atomic.h>

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

class run_queue {
 public:
  static constexpr std::uint32_t k_size = 256;

  /// Number of goroutines; exact for the owner, a glimpse for others.
  [[nodiscard]] std::uint32_t size() const noexcept {
    // [RQ-1] acquire: pairs with the release [RQ-4], [RQ-6]. head first, so that tail - head >= 0.
    std::uint32_t head = head_.load(acquire);
    // [RQ-2] acquire: pairs with the release-store [RQ-3].
    std::uint32_t tail = tail_.load(acquire);
    return tail - head;
  }

  /// Owner only. False if the ring is full.
  bool push(goroutine& g) noexcept {
    // [RQ-5] acquire: pairs with the release [RQ-4], [RQ-6]: the slot's last reader is done.
    std::uint32_t head = head_.load(acquire);
    std::uint32_t tail = tail_.load(relaxed);  // [RQ-7] relaxed: own thread wrote it.
    if (tail - head >= k_size) return false;
    slots_[tail % k_size].store(&g, relaxed);  // [RQ-8] relaxed: published by [RQ-3].
    // [RQ-3] release-store; pairs with the acquire [RQ-2], [RQ-9]. Publishes the slot and *g.
    tail_.store(tail + 1, release);
    return true;
  }

  /// Owner only.
  goroutine* pop() noexcept {
    std::uint32_t head = head_.load(relaxed);  // [RQ-10] relaxed: checked by the swap [RQ-4].
    std::uint32_t tail = tail_.load(relaxed);  // [RQ-11] relaxed: own thread wrote it.
    while (head != tail) {
      goroutine* g = slots_[head % k_size].load(relaxed);  // [RQ-12] relaxed: own thread wrote it.
      // [RQ-4] release; pairs with the acquire [RQ-1], [RQ-5], [RQ-13]: the slot has been read.
      if (head_.compare_exchange_weak(head, head + 1, release, relaxed)) return g;
    }
    return nullptr;
  }

  /// Takes up to half (rounded up), at most `limit`, into out[]; returns how many. Any thread.
  std::uint32_t take_half(goroutine** out, std::uint32_t limit) noexcept {
    for (;;) {
      // [RQ-13] acquire: pairs with the release [RQ-4], [RQ-6]: orders the slot reads after it.
      std::uint32_t head = head_.load(acquire);
      // [RQ-9] acquire: pairs with the release-store [RQ-3]: the slots up to tail are visible.
      std::uint32_t tail = tail_.load(acquire);
      std::uint32_t n = tail - head;
      n -= n / 2;
      if (n == 0) return 0;
      if (n > k_size / 2) continue;  // head and tail were read at different times
      if (n > limit) n = limit;
      for (std::uint32_t i = 0; i < n; ++i)
        out[i] = slots_[(head + i) % k_size].load(relaxed);  // [RQ-14] relaxed: see [RQ-9].
      // [RQ-6] release; pairs with the acquire [RQ-1], [RQ-5], [RQ-13]. Fails if a slot read
      //        above may have been taken by somebody else (INV-3).
      if (head_.compare_exchange_strong(head, head + n, acq_rel, relaxed)) return n;
    }
  }

  /// Test only: starts the counters near wrap-around. The queue must be empty.
  void start_at(std::uint32_t n) noexcept {
    head_.store(n);
    tail_.store(n);
  }

 private:
  alignas(k_cache_line) shared_word<std::uint32_t> head_{0};
  alignas(k_cache_line) shared_word<std::uint32_t> tail_{0};
  shared_word<goroutine*> slots_[k_size] = {};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
