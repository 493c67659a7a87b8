// SPDX-License-Identifier: Apache-2.0
// timer_heap.cc: see timer_heap.h.                                                    Floor 3.

#include "runtime/timer_heap.h"

#include "runtime/trace_points.h"

#include <cstdlib>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail {

timer_heap::~timer_heap() { std::free(entries_); }

bool timer_heap::reserve_one() noexcept {
  if (size_ < capacity_) return true;
  std::size_t bigger = capacity_ == 0 ? 16 : capacity_ * 2;
  void* grown = std::realloc(entries_, bigger * sizeof(entry));
  if (grown == nullptr) return false;
  entries_ = static_cast<entry*>(grown);
  capacity_ = bigger;
  return true;
}

void timer_heap::put(std::size_t i, entry e) noexcept {
  entries_[i] = e;
  e.node->index = static_cast<std::uint32_t>(i);
}

void timer_heap::sift_up(std::size_t i) noexcept {
  entry e = entries_[i];
  while (i > 0) {
    std::size_t parent = (i - 1) / 4;
    if (entries_[parent].when <= e.when) break;
    put(i, entries_[parent]);
    i = parent;
  }
  put(i, e);
}

void timer_heap::sift_down(std::size_t i) noexcept {
  entry e = entries_[i];
  for (;;) {
    std::size_t first = i * 4 + 1;
    if (first >= size_) break;
    std::size_t least = first;
    for (std::size_t c = first + 1; c < first + 4 && c < size_; ++c)
      if (entries_[c].when < entries_[least].when) least = c;
    if (entries_[least].when >= e.when) break;
    put(i, entries_[least]);
    i = least;
  }
  put(i, e);
}

// Holds: lock_. Leaves earliest_ and the node's `heap` to the caller.
timer_node* timer_heap::take_at(std::size_t i) noexcept {
  timer_node* taken = entries_[i].node;
  --size_;
  if (i != size_) {
    put(i, entries_[size_]);
    sift_down(i);
    sift_up(i);
  }
  entries_[size_].node = nullptr;  // lest find_leaks() take it for a way to its goroutine
  return taken;
}

void timer_heap::publish_earliest() noexcept {
  earliest_.store(size_ == 0 ? k_never : entries_[0].when);
}

bool timer_heap::insert(timer_node& node, nanotime_t when, bool* first) noexcept {
  lock_scope hold(lock_);
  if (!reserve_one()) return false;
  node.when = when;
  node.heap.store(this);
  ++size_;
  put(size_ - 1, {when, &node});
  sift_up(size_ - 1);
  *first = node.index == 0;
  if (*first) publish_earliest();
  WEFT_ASSERT_3(valid());
  return true;
}

bool timer_heap::remove(timer_node& node) noexcept {
  lock_scope hold(lock_);
  if (node.heap.load() != this) return false;
  take_at(node.index);
  node.heap.store(nullptr);
  publish_earliest();
  WEFT_ASSERT_3(valid());
  return true;
}

unsigned timer_heap::fire_due(nanotime_t now) noexcept {
  unsigned fired = 0;
  for (;;) {
    timer_node* node = nullptr;
    nanotime_t due = 0;
    {
      lock_scope hold(lock_);
      if (size_ == 0 || entries_[0].when > now) break;
      due = entries_[0].when;
      node = take_at(0);
      node->heap.store(nullptr);
      publish_earliest();
    }
    trace::timer_fired(due);
    node->fire(*node, now);
    ++fired;
  }
  return fired;
}

bool timer_heap::move_to(timer_heap& other) noexcept {
  for (;;) {
    lock_scope hold(lock_);
    if (size_ == 0) return true;
    // Two heaps are locked at once only here, and `other` is always the first processor's.
    lock_scope hold_other(other.lock_);
    if (!other.reserve_one()) return false;
    nanotime_t when = entries_[0].when;
    timer_node* node = take_at(0);
    publish_earliest();
    node->heap.store(&other);  // never null in between: it is armed all the time
    ++other.size_;
    other.put(other.size_ - 1, {when, node});
    other.sift_up(other.size_ - 1);
    other.publish_earliest();
  }
}

// Of a large heap only the top: a walk through all of it would make each operation take as long.
bool timer_heap::valid() const noexcept {
  constexpr std::size_t k_top = 128;
  for (std::size_t i = 0; i < size_ && i < k_top; ++i) {
    if (entries_[i].node->index != i || entries_[i].node->heap.load() != this) return false;
    if (i > 0 && entries_[(i - 1) / 4].when > entries_[i].when) return false;
  }
  return earliest_.load() == (size_ == 0 ? k_never : entries_[0].when);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
