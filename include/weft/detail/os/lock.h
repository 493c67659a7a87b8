// SPDX-License-Identifier: Apache-2.0
#pragma once
// lock: the mutual exclusion that the runtime and the primitives use inside.          Floor 1.
//
// Held for tens of instructions, never across a park, never while user code may block. Spins for
// a bounded while, then sleeps on a futex: a pure spin lock dies when its holder is preempted.
//
// word_:    {0: free} {1: held} {2: held, somebody may sleep}
// sleepers: threads between "about to sleep" and "got the lock", counted for all locks whose
//           addresses fall into one bucket: apart from the lock, so that a release reads nothing of
//           its memory once it is free, and the next holder may end it.
//
// INV-1 a thread sleeps in the kernel only while word_ == 2 and sleepers > 0.
// INV-2 who gets the lock after having slept holds it with word_ == 2, and so wakes the next.
//
// While nobody sleeps, a release is a plain store between two plain loads. A sleeper that comes
// meanwhile is noticed by the second load, for the store-load order it needs is supplied by the
// sleeper: membarrier() between announcing itself and looking at word_ (asymmetric fence, as in
// liburcu and folly). Where the kernel has no membarrier, and while somebody sleeps, it is an
// exchange, which wakes one if it finds 2.
// Algorithm of word_: mutex2 of U. Drepper, "Futexes Are Tricky", 2011.
// Explored by: tests/model/lock_model.cc; stress: tests/stress.

#include <weft/detail/base/assert.h>
#include <weft/detail/base/atomic.h>

#include <cstddef>
#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// The order in which runtime locks may nest: only towards higher ranks. Checked at level 3.
enum class lock_rank : std::uint8_t {
  context = 5,     // the listeners of a context; its done channel is closed under it
  chan = 10,       // one rank for all channels; select takes several in address order
  wait_list = 20,  // the queue inside a mutex, wait_group, ...
  scheduler = 30,  // idle list, global queue
  timer_heap = 40,
  stacks = 50,  // stack depot and slabs
  leaf = 60,
};

class lock {
 public:
  constexpr explicit lock(lock_rank rank) noexcept : rank_(rank) {}
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  /// Acquires. Parks: no (may sleep the thread for a moment).
  void acquire_lock() noexcept {
    std::uint32_t free = 0;
    // [LK-1] acquire: pairs with the release [LK-2], [LK-3]. Sees what the last holder wrote.
    if (WEFT_UNLIKELY(!word_.compare_exchange_strong(free, 1, acquire, relaxed))) acquire_slow();
    note_acquired();
  }

  bool try_acquire_lock() noexcept {
    std::uint32_t free = 0;
    // [LK-4] acquire: pairs with the release [LK-2], [LK-3]. As [LK-1].
    if (!word_.compare_exchange_strong(free, 1, acquire, relaxed)) return false;
    note_acquired();
    return true;
  }

  /// Releases. From the moment the lock is free this thread no longer touches its memory, which
  /// the next holder may therefore free.
  void release_lock() noexcept {
    note_released();
    const shared_word<std::uint32_t>& sleepers = sleepers_of(this);
    // [LK-6] relaxed: a look; sleepers that are missed here are seen below.
    if (WEFT_UNLIKELY(sleepers.load(relaxed) != 0 || !s_asymmetric)) {
      release_and_wake();
      return;
    }
    // [LK-2] release-store; pairs with the acquire [LK-1], [LK-4], [LK-5].
    word_.store(0, release);
    fence_compiler();
    // [LK-8] relaxed: ordered after the store by membarrier() in acquire_slow().
    if (WEFT_UNLIKELY(sleepers.load(relaxed) != 0)) wake_one();
  }

  /// Set once at start, before a second thread exists: the kernel offers membarrier().
  static bool s_asymmetric;
  /// Called, if set, by whoever had to wait for a lock, once it has it. Set once at start.
  static void (*s_on_contention)() noexcept;

 private:
  struct alignas(k_cache_line) bucket {
    shared_word<std::uint32_t> sleepers{0};
  };
  static constexpr std::size_t k_buckets = 16;
  static bucket s_buckets[k_buckets];

  static shared_word<std::uint32_t>& sleepers_of(const lock* l) noexcept {
    return s_buckets[reinterpret_cast<std::uintptr_t>(l) / k_cache_line % k_buckets].sleepers;
  }

  void acquire_slow() noexcept;
  void wait_for_lock() noexcept;
  void release_and_wake() noexcept;
  void wake_one() noexcept;  // uses the lock's address only

#if WEFT_ASSERT_LEVEL >= 3 && !WEFT_CHECK
  void note_acquired() noexcept;
  void note_released() noexcept;
#else
  void note_acquired() noexcept {}
  void note_released() noexcept {}
#endif

  shared_word<std::uint32_t> word_{0};
  [[maybe_unused]] lock_rank rank_;
};

/// Holds a lock for a scope.
class [[nodiscard]] lock_scope {
 public:
  explicit lock_scope(lock& l) noexcept : lock_(l) { lock_.acquire_lock(); }
  ~lock_scope() { lock_.release_lock(); }
  lock_scope(const lock_scope&) = delete;
  lock_scope& operator=(const lock_scope&) = delete;

 private:
  lock& lock_;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
