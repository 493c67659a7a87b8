// SPDX-License-Identifier: Apache-2.0
// chan.cc: send, receive and close, but for the inlined common case.                  Floor 4.
//
// Source: Go's runtime/chan.go. A lock, a ring, two queues; a value goes straight from its sender
// to a waiting receiver; wakers act after the unlock. INV-1..4 and pairs CH-1.. in chan_core.h.

#include <weft/detail/sync/chan_core.h>
#include <weft/panic.h>

#include <algorithm>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

void unlock_chan(void* l) noexcept { static_cast<lock*>(l)->release_lock(); }

constexpr std::size_t round_up(std::size_t n, std::size_t to) noexcept {
  return (n + to - 1) / to * to;
}

std::align_val_t alignment_of(const element_ops& ops) noexcept {
  return std::align_val_t{std::max(ops.align, alignof(chan_core))};
}

}  // namespace

chan_core* chan_core::make(const element_ops& ops, long long capacity) {
  // More than any address space holds; no size computed below overflows.
  constexpr std::size_t k_most = std::size_t{1} << 47;
  if (capacity < 0 || static_cast<unsigned long long>(capacity) > k_most ||
      (ops.size != 0 && static_cast<std::size_t>(capacity) > k_most / ops.size)) {
    throw panic("makechan: size out of range");
  }
  auto n = static_cast<std::size_t>(capacity);
  std::size_t header = round_up(sizeof(chan_core), ops.align);
  auto* memory = static_cast<char*>(::operator new(header + n * ops.size, alignment_of(ops)));
  return ::new (memory) chan_core(ops, n, memory + header);
}

// Nobody waits here any more: a waiter has a handle. Elements may be anything, so no lock is held.
void chan_core::destroy() noexcept {
  if (source_ != nullptr) {
    source_->destroy_source();
    return;
  }
  if (std::size_t n = count_.load(); n != 0) {
    const hb::aside all_owners(owners_);
    for (; n != 0; --n) {
      ops_->destroy(slot(recv_at_));
      recv_at_ = after(recv_at_);
    }
  }
  std::align_val_t alignment = alignment_of(*ops_);
  this->~chan_core();
  hb::unseen([&] { ::operator delete(static_cast<void*>(this), alignment); });
}

bool chan_core::valid() const noexcept {
  std::size_t n = count_.load();
  if (n > capacity_) return false;
  if (capacity_ > 0 && source_ == nullptr) {
    if ((recv_at_ + n) % capacity_ != send_at_) return false;
    if (n != 0 && n != capacity_ && !senders_.empty() && !receivers_.empty()) return false;
  }
  return true;
}

attempted chan_core::send_if_ready(void* value) noexcept {
  WEFT_ASSERT_3(valid());
  hb::read(this, 1);  // a close that is not ordered against this send is a race
  if (closed_.load(relaxed)) return {attempt::closed};  // [CH-9] relaxed: guarded by lock_.
  if (waiter* w = receivers_.pop_claimed()) {
    hb::release(w->after);  // E5
    if (capacity_ == 0) {
      hb::acquire(w->before);  // E7
    } else {
      // As if the value had gone through the slot, so that the numbering of slots stays true.
      hb::acquire(cells_.empty(send_at_));          // E8
      cells_.empty(send_at_).take_over(w->before);  // E8
      send_at_ = recv_at_ = after(send_at_);
    }
    hb::unseen([&] { ops_->deliver(w->slot, value); });
    w->ok = true;
    return {attempt::done, w};
  }
  std::size_t n = count_.load(relaxed);  // [CH-10] relaxed: guarded by lock_.
  if (n >= capacity_) return {attempt::would_block};
  hb::release(cells_.full(send_at_));   // E5
  hb::acquire(cells_.empty(send_at_));  // E8
  hb::unseen([&] { ops_->to_slot(slot(send_at_), value); });
  send_at_ = after(send_at_);
  count_.store(n + 1, release);  // [CH-11] release-store; pairs with the fence [CH-6].
  return {attempt::done};
}

attempted chan_core::recv_if_ready(void* destination) noexcept {
  WEFT_ASSERT_3(valid());
  if (source_ != nullptr) source_->refresh();
  std::size_t n = count_.load(relaxed);  // [CH-12] relaxed: guarded by lock_.
  if (n != 0) {
    void* from = slot(recv_at_);
    waiter* w = senders_.pop_claimed();
    hb::release(w != nullptr ? w->after : cells_.empty(recv_at_));  // E8
    hb::acquire(cells_.full(recv_at_));                             // E5
    hb::unseen([&] { ops_->from_slot(destination, from); });
    std::size_t freed = recv_at_;
    recv_at_ = after(recv_at_);
    if (w != nullptr) {
      // Full, and somebody waits to send: its value takes the freed slot, which is the tail.
      cells_.full(freed).take_over(w->before);  // E5
      hb::unseen([&] { ops_->slot_to_slot(from, w->slot); });
      send_at_ = recv_at_;
      w->ok = true;
      return {attempt::done, w};
    }
    count_.store(n - 1, release);  // [CH-13] release-store; pairs with the fence [CH-6].
    return {attempt::done};
  }
  if (waiter* w = senders_.pop_claimed()) {
    hb::release(w->after);   // E7
    hb::acquire(w->before);  // E5
    hb::unseen([&] { ops_->deliver(destination, w->slot); });
    w->ok = true;
    return {attempt::done, w};
  }
  if (!closed_.load(relaxed)) return {attempt::would_block};  // [CH-14] relaxed: as [CH-9].
  hb::acquire(close_cell_);                                   // E6
  return {attempt::closed};
}

bool chan_core::enqueue_receiver(waiter& w) noexcept {
  if (source_ != nullptr && receivers_.empty() && !source_->first_waiter()) return false;
  receivers_.push_back(w);
  return true;
}

void chan_core::dequeue(wait_queue& q, waiter& w) noexcept {
  if (!w.queued) return;
  q.remove(w);
  if (source_ != nullptr && receivers_.empty()) source_->last_waiter_gone();
}

sched::outlook chan_core::look(const void* core, bool sending) noexcept {
  const auto& c = *static_cast<const chan_core*>(core);
  sched::outlook l;
  l.closed = c.closed_.load();
  l.count = c.count_.load();
  l.capacity = c.capacity_;
  l.timed = c.source_ != nullptr;
  if (l.timed) l.due = c.source_->due();
  if (sending) {
    l.ready = l.closed || l.count < l.capacity || !c.receivers_.empty();
  } else {
    l.ready = l.count != 0 || l.closed || !c.senders_.empty();
  }
  l.meets = !l.ready && l.capacity == 0;
  return l;
}

void chan_core::send(void* value) {
  before_send();
  lock_.acquire_lock();
  send_locked(value);
}

void chan_core::send_locked(void* value) {
  switch (const attempted a = send_if_ready(value); a.result) {
    case attempt::done:
      lock_.release_lock();
      if (a.woken != nullptr) ready(*a.woken->owner);
      return;
    case attempt::closed:
      lock_.release_lock();
      throw panic("send on closed channel");
    case attempt::would_block:
      break;
  }
  party& self = current_party();
  waiter& w = self.self;
  w.owner = &self;
  w.slot = value;
  w.claim = nullptr;
  w.ok = false;
  hb::release(w.before);  // E5
  senders_.push_back(w);
  park(self, wait_reason::chan_send, unlock_chan, &lock_);
  if (WEFT_UNLIKELY(!w.ok)) throw panic("send on closed channel");
  hb::acquire(w.after);  // E7 E8
}

bool chan_core::try_send(void* value) {
  std::uint64_t decided = sched::point_offers(
      sched::op::chan_send, 1, [this](std::uint64_t) { return offer(true); }, true);
  if (decided == sched::k_no_offer) return false;
  if (send_would_block()) return false;
  lock_.acquire_lock();
  const attempted a = send_if_ready(value);
  lock_.release_lock();
  if (a.woken != nullptr) ready(*a.woken->owner);
  if (a.result == attempt::closed) throw panic("send on closed channel");
  return a.result == attempt::done;
}

void chan_core::recv(void* destination) {
  before_recv();
  lock_.acquire_lock();
  recv_locked(destination);
}

void chan_core::recv_locked(void* destination) {
  if (const attempted a = recv_if_ready(destination); a.result != attempt::would_block) {
    lock_.release_lock();
    if (a.woken != nullptr) ready(*a.woken->owner);
    return;
  }
  party& self = current_party();
  waiter& w = self.self;
  w.owner = &self;
  w.slot = destination;
  w.claim = nullptr;
  w.ok = false;
  hb::release(w.before);  // E7 E8
  if (!enqueue_receiver(w)) {
    lock_.release_lock();
    throw std::bad_alloc();
  }
  // The sender fills *destination in: nothing is left to do on resume.
  park(self, wait_reason::chan_receive, unlock_chan, &lock_);
  hb::acquire(w.after);  // E5 E6
}

attempt chan_core::try_recv(void* destination) {
  std::uint64_t decided = sched::point_offers(
      sched::op::chan_recv, 1, [this](std::uint64_t) { return offer(false); }, true);
  if (decided == sched::k_no_offer) return attempt::would_block;
  if (recv_would_block()) return attempt::would_block;
  lock_.acquire_lock();
  const attempted a = recv_if_ready(destination);
  lock_.release_lock();
  if (a.woken != nullptr) ready(*a.woken->owner);
  return a.result;
}

// The lock is let go of by a plain store, which a later look at another channel may overtake: of
// two that send, each its own, and then try to receive what the other has sent, both would miss
// it. So a look that says no is taken again, after a full fence.
bool chan_core::recv_would_block() const noexcept {
  if (!looks_drained()) return false;
  // [CH-6] full fence; pairs with the release-store [CH-5], [CH-8], [CH-11], [CH-13]: who sees the
  //        channel drained sees the close that came before the last receive. And with itself.
  fence_seq_cst();
  return looks_drained();
}

bool chan_core::send_would_block() const noexcept {
  if (!looks_full()) return false;
  fence_seq_cst();  // after what this thread has received or sent before
  return looks_full();
}

bool chan_core::looks_drained() const noexcept {
  if (source_ != nullptr) return false;  // whether a value is due is known under the lock
  // [CH-19] relaxed: a look, which [CH-6] orders.
  if (count_.load(relaxed) != 0 || !senders_.empty()) return false;
  // [CH-15] acquire-load; pairs with the release-store [CH-16].
  return !closed_.load(acquire);
}

bool chan_core::looks_full() const noexcept {
  if (closed_.load(acquire)) return false;  // [CH-17] acquire-load; pairs with [CH-16].
  if (capacity_ == 0) return receivers_.empty();
  return count_.load(relaxed) == capacity_;  // [CH-18] relaxed: a failed send makes no edge.
}

waiter* chan_core::close_locked() noexcept {
  hb::write(this, 1);
  hb::release(close_cell_);  // E6
  // [CH-16] release-store; pairs with the acquire-load [CH-15], [CH-17].
  closed_.store(true, release);
  waiter* first = nullptr;
  waiter** last = &first;
  for (wait_queue* q : {&receivers_, &senders_}) {
    while (waiter* w = q->pop_claimed()) {
      w->ok = false;
      hb::release(w->after);  // E6
      w->next = nullptr;
      *last = w;
      last = &w->next;
    }
  }
  return first;
}

waiter* chan_core::close_and_collect() noexcept {
  sched::touch(sched::op::chan_close, this);
  lock_scope hold(lock_);
  return close_locked();
}

void chan_core::ready_all(waiter* first) noexcept {
  while (first != nullptr) {
    waiter* next = first->next;  // read now: the waiter is gone once its party runs
    ready(*first->owner);
    first = next;
  }
}

void chan_core::close() {
  sched::point(sched::op::chan_close, this);
  lock_.acquire_lock();
  if (closed_.load()) {
    lock_.release_lock();
    sched::without_effect();
    throw panic("close of closed channel");
  }
  waiter* woken = close_locked();
  lock_.release_lock();
  ready_all(woken);
}

void block_on_nil(wait_reason why) {
  park(current_party(), why, nullptr, nullptr);
  __builtin_unreachable();
}

void panic_close_of_nil() { throw panic("close of nil channel"); }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
