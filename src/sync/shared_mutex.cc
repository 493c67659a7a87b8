// SPDX-License-Identifier: Apache-2.0
// shared_mutex.cc: writers, and readers that meet one.                                Floor 4.
//
// Who must not miss whom (each writes, then looks; all sequentially consistent):
//   reader in:   counts itself in, looks at writer_    | writer: sets writer_, looks at the count
//   reader out:  counts itself out, looks at writer_   | writer: the same, gate_ held until parked
//   reader that waits: queues, looks at writer_        | unlock: clears writer_, looks at the queue
//
// INV-1 only who holds writers_ changes writer_, but for the reader that wakes it from draining_.
// INV-2 a reader that is queued is counted by whoever takes it off, before it is made ready.

#include <weft/shared_mutex.h>

#include <weft/context.h>
#include <weft/detail/sync/cancellation.h>
#include <weft/detail/sync/charge.h>

#include <optional>

namespace weft::inline WEFT_WORLD {
namespace {

void release_gate(void* gate) noexcept { static_cast<detail::lock*>(gate)->release_lock(); }

// The calling party's place in a queue.
detail::waiter& node_of(std::optional<detail::cancelable_wait>& cancelable) noexcept {
  if (cancelable) return cancelable->node;
  detail::party& self = detail::current_party();
  self.self.owner = &self;
  self.self.claim = nullptr;
  return self.self;
}

// Parks the calling party, which is queued; the gate is released. False if the signal ended first.
bool park_in(detail::wait_queue& queue, detail::lock& gate, detail::wait_reason why,
             std::optional<detail::cancelable_wait>& cancelable) noexcept {
  if (!cancelable) {
    detail::park(detail::current_party(), why, release_gate, &gate);
    return true;
  }
  cancelable->park(why, gate);
  if (!cancelable->canceled()) return true;
  detail::lock_scope hold(gate);
  if (cancelable->node.queued) queue.remove(cancelable->node);
  return false;
}

}  // namespace

void shared_mutex::not_locked_shared() { detail::fatal("sync: RUnlock of unlocked RWMutex"); }

// Holds: gate_. The writer that waits, if no reader is left, to be made ready: it has the lock.
detail::waiter* shared_mutex::drained() noexcept {
  if (writer_.load() != k_draining || !readers_.none()) return nullptr;
  detail::waiter* w = draining_.pop_claimed();
  if (w != nullptr) begin_writing();
  return w;
}

void shared_mutex::end_drain() noexcept {
  gate_.acquire_lock();
  detail::waiter* woken = drained();
  detail::contention c;
  if (woken != nullptr) c = detail::end_stretch(*woken, draining_);
  gate_.release_lock();
  if (woken == nullptr) return;
  ready(*woken->owner);
  if (WEFT_UNLIKELY(c.weight != 0)) detail::note_unlock(c);
}

// Takes back a readers_.add() that found a writer: the count, short as it was, may have kept the
// writer from seeing that it is alone.
void shared_mutex::undo_add() noexcept {
  static_cast<void>(readers_.remove());
  end_drain();
}

std::error_code shared_mutex::lock_shared_slow(detail::cancel_signal* signal) {
  undo_add();
  std::optional<detail::cancelable_wait> cancelable;
  if (signal != nullptr) {
    cancelable.emplace(*signal);
    if (std::error_code e = cancelable->subscribe()) return e;
  }
  for (;;) {
    gate_.acquire_lock();
    if (writer_.load() != k_none && queue_reader(cancelable)) break;
    gate_.release_lock();
    readers_.add();
    if (writer_.load() == k_none) return {};
    undo_add();
  }
  // Counted by admit_readers(), before it wakes us.
  if (park_in(waiting_readers_, gate_, detail::wait_reason::shared_mutex_lock_shared, cancelable))
    return {};
  return signal->ended();
}

// Holds: gate_. False, and not queued, if the writer has gone meanwhile.
bool shared_mutex::queue_reader(std::optional<detail::cancelable_wait>& cancelable) noexcept {
  detail::waiter& w = node_of(cancelable);
  detail::begin_wait(w, waiting_readers_);
  waiting_readers_.push_back(w);
  detail::fence_seq_cst();
  if (writer_.load() != k_none) return true;
  waiting_readers_.remove(w);
  return false;
}

std::error_code shared_mutex::lock_shared(const context& ctx) {
  detail::cancel_signal* signal = ctx.signal();
  if (signal == nullptr) {
    lock_shared();
    return {};
  }
  detail::sched::point(detail::sched::op::lock_shared, this);
  if (std::error_code e = signal->ended()) return e;
  detail::lock_order::locking(this);
  readers_.add();
  if (writer_.load() != k_none) {
    const std::error_code e = lock_shared_slow(signal);
    detail::sched::touch(detail::sched::op::lock_shared, this);  // of whoever has woken it, then
    if (e) return e;
  }
  detail::lock_order::locked(this);
  detail::hb::acquire(written_);  // E10
  return {};
}

bool shared_mutex::try_lock_shared() {
  if (!detail::sched::point_try(detail::sched::op::try_lock_shared, this,
                                [this] { return writer_.load() == k_none; }))
    return false;
  if (writer_.load() != k_none) {
    detail::sched::without_effect();
    return false;
  }
  readers_.add();
  if (writer_.load() != k_none) {
    undo_add();
    return false;
  }
  detail::lock_order::locked(this);
  detail::hb::acquire(written_);  // E11
  return true;
}

// Holds: writers_. Keeps new readers out, and waits for those that are in.
std::error_code shared_mutex::drain(detail::cancel_signal* signal) {
  std::optional<detail::cancelable_wait> cancelable;
  if (signal != nullptr) {
    cancelable.emplace(*signal);
    if (std::error_code e = cancelable->subscribe()) return e;
  }
  writer_.store(k_draining);
  readers_.stand_together();
  if (WEFT_UNLIKELY(readers_.overdrawn())) not_locked_shared();
  if (signal == nullptr)
    detail::sched::point_when(detail::sched::op::drain, this, [this] { return readers_.none(); });
  if (readers_.none()) {
    begin_writing();
    return {};
  }
  gate_.acquire_lock();
  if (readers_.none()) {
    begin_writing();
    gate_.release_lock();
    return {};
  }
  detail::waiter& self = node_of(cancelable);
  detail::begin_wait(self, draining_);
  draining_.push_back(self);
  if (park_in(draining_, gate_, detail::wait_reason::shared_mutex_lock, cancelable)) return {};
  leave_to_readers();
  return signal->ended();
}

void shared_mutex::begin_writing() noexcept {
  // [RW-1] relaxed: for the misuse checks; readers keep out either way.
  writer_.store(k_writing, detail::relaxed);
}

// Holds: writers_. Lets in the readers that queued meanwhile, and new ones.
void shared_mutex::leave_to_readers() noexcept {
  // [RW-3] release; pairs with the acquire [RW-4]. Publishes: what the writer did.
  writer_.store(k_none, detail::release);
  detail::fence_seq_cst();  // before the look at the queue; partner: queue_reader()
  if (WEFT_UNLIKELY(!waiting_readers_.empty())) admit_readers();
}

void shared_mutex::admit_readers() noexcept {
  detail::waiter* first = nullptr;
  detail::waiter** last = &first;
  std::uint32_t n = 0;
  detail::contention c;
  gate_.acquire_lock();
  while (detail::waiter* w = waiting_readers_.pop_claimed()) {
    detail::add_wait(c, *w);
    w->next = nullptr;
    *last = w;
    last = &w->next;
    ++n;
  }
  if (n != 0) readers_.add_many(n);
  gate_.release_lock();
  while (first != nullptr) {
    detail::waiter* next = first->next;  // read now: the waiter is gone once its party runs
    ready(*first->owner);
    first = next;
  }
  if (WEFT_UNLIKELY(c.weight != 0)) detail::note_unlock(c);
}

void shared_mutex::lock() {
  detail::sched::point_when(detail::sched::op::announce, this,
                            [this] { return writers_.is_free(); });
  detail::lock_order::locking(this);
  writers_.lock();
  static_cast<void>(drain(nullptr));
  detail::lock_order::locked(this);
  detail::hb::acquire(written_);  // E10
  detail::hb::acquire(read_);     // E10
}

std::error_code shared_mutex::lock(const context& ctx) {
  detail::cancel_signal* signal = ctx.signal();
  if (signal == nullptr) {
    lock();
    return {};
  }
  detail::sched::point(detail::sched::op::lock, this);
  if (std::error_code ended = signal->ended()) return ended;
  detail::lock_order::locking(this);
  std::error_code e = writers_.lock_unless(*signal);
  detail::sched::touch(detail::sched::op::lock, this);  // of whoever has woken it, then
  if (e) return e;
  e = drain(signal);
  detail::sched::touch(detail::sched::op::lock, this);
  if (e) {
    writers_.unlock();
    return e;
  }
  detail::lock_order::locked(this);
  detail::hb::acquire(written_);  // E10
  detail::hb::acquire(read_);     // E10
  return {};
}

bool shared_mutex::try_lock() {
  if (!detail::sched::point_try(detail::sched::op::try_lock, this,
                                [this] { return readers_.none() && writers_.is_free(); }))
    return false;
  if (!readers_.none() || !writers_.try_lock()) {
    detail::sched::without_effect();
    return false;
  }
  writer_.store(k_draining);
  readers_.stand_together();
  if (!readers_.none()) {
    leave_to_readers();
    writers_.unlock();
    return false;
  }
  begin_writing();
  detail::lock_order::locked(this);
  detail::hb::acquire(written_);  // E11
  detail::hb::acquire(read_);     // E11
  return true;
}

void shared_mutex::unlock() {
  detail::sched::point(detail::sched::op::unlock, this);
  // [RW-2] relaxed: as [RW-1].
  if (writer_.load(detail::relaxed) != k_writing) detail::fatal("sync: Unlock of unlocked RWMutex");
  detail::lock_order::unlocked(this);
  detail::hb::release(written_);  // E10
  leave_to_readers();
  writers_.unlock();
}

}  // namespace weft::inline WEFT_WORLD
