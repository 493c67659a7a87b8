// SPDX-License-Identifier: Apache-2.0
// semaphore.cc: taking, giving, and the line.                                         Floor 4.
//
// Source: golang.org/x/sync/semaphore, for what it promises.
// INV-1 the first in line, if anybody is, asks for more than is free.

#include <weft/semaphore.h>

#include <weft/context.h>
#include <weft/detail/contract/sched.h>
#include <weft/detail/runtime/probes.h>
#include <weft/detail/sync/cancellation.h>

namespace weft::inline WEFT_WORLD {
namespace {

std::int64_t wanted_by(const detail::waiter& w) noexcept {
  return *static_cast<const std::int64_t*>(w.slot);
}

void ready_all(detail::waiter* first) noexcept {
  while (first != nullptr) {
    detail::waiter* next = first->next;  // read now: the waiter is gone once its party runs
    ready(*first->owner);
    first = next;
  }
}

void unlock_line(void* l) noexcept { static_cast<detail::lock*>(l)->release_lock(); }

}  // namespace

// Holds: lock_.
bool semaphore::take_locked(std::int64_t n) noexcept {
  if (size_ - held_ < n || !line_.empty()) return false;
  held_ += n;
  return true;
}

// Holds: lock_. Gives to the first in line what they ask for, as far as it goes; the result is a
// chain of parties to be made ready.
detail::waiter* semaphore::serve_locked() noexcept {
  detail::waiter* first = nullptr;
  detail::waiter** last = &first;
  while (detail::waiter* w = line_.front()) {
    std::int64_t n = wanted_by(*w);
    if (size_ - held_ < n) break;
    line_.remove(*w);
    if (w->claim != nullptr && !w->claim->try_win(w->index)) continue;
    held_ += n;
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  return first;
}

void semaphore::acquire(std::int64_t n) {
  detail::sched::point(detail::sched::op::semaphore_acquire, this);
  check(n);
  lock_.acquire_lock();
  if (take_locked(n)) {
    lock_.release_lock();
    detail::hb::acquire(cell_);  // E8
    return;
  }
  detail::party& self = detail::current_party();
  detail::waiter& w = self.self;
  w.owner = &self;
  w.claim = nullptr;
  w.slot = &n;
  // What can never be had must not hold up the line.
  if (n <= size_) line_.push_back(w);
  detail::park(self, detail::wait_reason::semaphore_acquire, unlock_line, &lock_);
  detail::keep_frame();
  detail::hb::acquire(cell_);  // E8
}

std::error_code semaphore::acquire(std::int64_t n, const context& ctx) {
  detail::cancel_signal* signal = ctx.signal();
  if (signal == nullptr) {
    acquire(n);
    return {};
  }
  detail::sched::point(detail::sched::op::semaphore_acquire, this);
  check(n);
  if (std::error_code e = signal->ended()) return e;
  if (n > size_) return detail::wait_for_end(*signal, detail::wait_reason::semaphore_acquire);
  if (try_acquire(n)) return {};
  detail::cancelable_wait wait(*signal);
  if (std::error_code e = wait.subscribe()) return e;
  lock_.acquire_lock();
  if (take_locked(n)) {
    lock_.release_lock();
  } else {
    wait.node.slot = &n;
    line_.push_back(wait.node);
    wait.park(detail::wait_reason::semaphore_acquire, lock_);
    if (wait.canceled()) {
      detail::sched::touch(detail::sched::op::semaphore_release, this);
      lock_.acquire_lock();
      if (wait.node.queued) line_.remove(wait.node);
      detail::waiter* served = serve_locked();  // those behind may ask for less
      lock_.release_lock();
      ready_all(served);
      return signal->ended();
    }
  }
  detail::hb::acquire(cell_);  // E8
  return {};
}

bool semaphore::try_acquire(std::int64_t n) {
  detail::sched::point(detail::sched::op::semaphore_try_acquire, this);
  check(n);
  lock_.acquire_lock();
  bool taken = take_locked(n);
  lock_.release_lock();
  if (taken) detail::hb::acquire(cell_);  // E8
  return taken;
}

void semaphore::release(std::int64_t n) {
  detail::sched::point(detail::sched::op::semaphore_release, this);
  check(n);
  lock_.acquire_lock();
  if (held_ < n) {
    lock_.release_lock();
    throw panic("semaphore: released more than held");
  }
  detail::hb::release_merge(cell_);  // E8
  held_ -= n;
  detail::waiter* served = serve_locked();
  lock_.release_lock();
  ready_all(served);
}

}  // namespace weft::inline WEFT_WORLD
