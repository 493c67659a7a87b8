// SPDX-License-Identifier: Apache-2.0
#pragma once
// timer_heap: one processor's deadlines, a 4-ary heap of (when, node).                Floor 3.
//
// Nodes know their place, so disarming is exact and immediate: no dead entries pile up when, as
// is usual, most timers are cancelled before they fire.
//
// INV-1 entry 0 has the least `when`; entry i is not earlier than entry (i - 1) / 4.
// INV-2 entries[i].node->index == i and ->heap == this. Guarded by lock_.
// INV-3 earliest_ is entry 0's `when`, or k_never; written under lock_, read by anyone.

#include <weft/detail/os/lock.h>
#include <weft/detail/runtime/timers.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

class timer_heap {
 public:
  ~timer_heap();

  /// False if memory ran out. *first tells whether the node is now the earliest.
  bool insert(timer_node& node, nanotime_t when, bool* first) noexcept;

  /// False if the node is not in this heap (any more).
  bool remove(timer_node& node) noexcept;

  /// Fires every timer due at `now`, outside the lock, in order of deadline. Returns how many.
  unsigned fire_due(nanotime_t now) noexcept;

  /// Moves all entries to `other`. False, with some entries left, if memory ran out.
  bool move_to(timer_heap& other) noexcept;

  /// Deadline of the earliest timer; k_never if there is none.
  [[nodiscard]] nanotime_t earliest() const noexcept { return earliest_.load(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The same from any thread.
  [[nodiscard]] std::size_t count() noexcept {
    lock_scope hold(lock_);
    return size_;
  }

 private:
  struct entry {
    nanotime_t when;
    timer_node* node;
  };

  bool reserve_one() noexcept;
  void put(std::size_t i, entry e) noexcept;
  void sift_up(std::size_t i) noexcept;
  void sift_down(std::size_t i) noexcept;
  timer_node* take_at(std::size_t i) noexcept;
  void publish_earliest() noexcept;
  bool valid() const noexcept;

  lock lock_{lock_rank::timer_heap};  // guards all below
  entry* entries_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  shared_word<nanotime_t> earliest_{k_never};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
