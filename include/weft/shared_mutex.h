// SPDX-License-Identifier: Apache-2.0
#pragma once
// shared_mutex: many readers or one writer.  Floor 4.  Go: sync.RWMutex.

#include <weft/detail/sync/reader_count.h>
#include <weft/mutex.h>

#include <optional>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {

namespace detail {
class cancelable_wait;
struct shared_mutex_view;
}  // namespace detail

/// A lock that any number may hold for reading, or one for writing. SharedLockable: use it with
/// std::shared_lock and std::unique_lock. Not reentrant, for readers neither: a second
/// lock_shared() by one that holds it waits for a writer that waits for the first.
///
/// | state             | lock_shared()        | lock()                   | unlock..()            |
/// |-------------------|----------------------|--------------------------|-----------------------|
/// | free              | reading(1)           | writing                  | fatal                 |
/// | reading(n)        | reading(n+1)         | draining(n): no new ones | reading(n-1)          |
/// | draining(n)       | queues               | queues                   | the last: writing     |
/// | writing           | queues               | queues                   | reading(all queued)   |
///
/// Phases alternate, so that neither side starves: a waiting writer keeps new readers out; when
/// one unlocks, the readers that queued meanwhile go first, then the next writer. Writers among
/// themselves are fair as mutex is. A lock may be given up by another goroutine than took it.
///
/// Memory:   the n-th unlock() synchronizes before the return of every later lock() and
///           lock_shared(); each unlock_shared() before the return of the next lock(). No edge
///           between readers. A failed try has none.
/// Lifetime: may be destroyed once every call on it has returned. Not copyable, not movable.
/// Callable from: goroutine | plain thread
/// Cost:     lock_shared and unlock_shared one atomic read-modify-write each while no writer is
///           about. Where reading is common and writing rare, none: readers then count in a cache
///           line of their processor's own (allocated when it first pays), and do not slow each
///           other down; the next writer ends that at the price of a memory barrier on all
///           processors, some microseconds, which it does not pay again for 32 times as long.
/// Go:       sync.RWMutex, whose readers share one counter.
/// Source:   phases: Go's sync/rwmutex.go; readers apart: D. Dice and A. Kogan, USENIX ATC 2019.
class shared_mutex {
 public:
  constexpr shared_mutex() noexcept = default;
  shared_mutex(const shared_mutex&) = delete;
  shared_mutex& operator=(const shared_mutex&) = delete;
#if WEFT_LOCK_ORDER
  ~shared_mutex() { detail::lock_order::destroyed(this); }
#endif

  /// Blocks:   until nobody holds it.
  void lock();
  /// lock(), unless ctx ends first: then ctx.err(), and readers that were kept out go on.
  [[nodiscard]] std::error_code lock(const context& ctx);
  /// Returns:  false, at once, if anybody holds it.
  [[nodiscard]] bool try_lock();
  /// Errors/misuse: fatal "sync: Unlock of unlocked RWMutex", also if it is held for reading.
  void unlock();

  /// Blocks:   while a writer holds it or waits for it.
  void lock_shared() {
    detail::sched::point_when(detail::sched::op::lock_shared, this,
                              [this] { return writer_.load() == k_none; });
    detail::lock_order::locking(this);
    readers_.add();
    // [RW-4] acquire, as all of them; pairs with the release [RW-3].
    if (WEFT_UNLIKELY(writer_.load() != k_none)) {
      static_cast<void>(lock_shared_slow(nullptr));
      detail::keep_frame();
    }
    detail::lock_order::locked(this);
    detail::hb::acquire(written_);  // E10
  }
  /// lock_shared(), unless ctx ends first: then ctx.err().
  [[nodiscard]] std::error_code lock_shared(const context& ctx);
  /// Returns:  false, at once, if a writer holds it or waits for it.
  [[nodiscard]] bool try_lock_shared();
  /// Errors/misuse: fatal "sync: RUnlock of unlocked RWMutex", also if it is held for writing.
  void unlock_shared() {
    detail::sched::point(detail::sched::op::unlock_shared, this);
    detail::lock_order::unlocked(this);
    detail::hb::release_merge(read_);  // E10
    if (WEFT_UNLIKELY(!readers_.remove())) not_locked_shared();
    if (WEFT_UNLIKELY(writer_.load() == k_draining)) {
      end_drain();
      detail::keep_frame();
    }
  }

 private:
  friend struct detail::shared_mutex_view;
  enum writer : std::uint32_t { k_none, k_draining, k_writing };

  std::error_code lock_shared_slow(detail::cancel_signal* signal);
  void undo_add() noexcept;
  std::error_code drain(detail::cancel_signal* signal);
  detail::waiter* drained() noexcept;
  void end_drain() noexcept;
  void leave_to_readers() noexcept;
  void admit_readers() noexcept;
  void begin_writing() noexcept;
  bool queue_reader(std::optional<detail::cancelable_wait>& cancelable) noexcept;
  [[noreturn]] WEFT_COLD static void not_locked_shared();

  detail::reader_count readers_;
  detail::shared_word<std::uint32_t> writer_{k_none};
  detail::lock gate_{detail::lock_rank::wait_list};  // guards the two queues
  detail::wait_queue waiting_readers_;
  detail::wait_queue draining_;  // the writer that waits for the last reader
  detail::mutex_core writers_;   // held from lock() to unlock(): one writer at a time
  [[no_unique_address]] detail::hb::cell written_;
  [[no_unique_address]] detail::hb::cell read_;
};

}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
