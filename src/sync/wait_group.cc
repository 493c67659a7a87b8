// SPDX-License-Identifier: Apache-2.0
// wait_group.cc: counting and waiting.                                                Floor 4.
//
// Source: Go's sync/waitgroup.go.
// INV-1 waiters > 0 implies counter > 0, but between the two steps of release_waiters().
// INV-2 nothing is touched after the last permit is given: a waiter may then destroy *this.

#include <weft/context.h>
#include <weft/detail/sync/cancellation.h>
#include <weft/panic.h>
#include <weft/wait_group.h>

namespace weft::inline WEFT_WORLD {
namespace {

constexpr int k_counter_shift = 32;

constexpr std::int32_t counter_of(std::uint64_t state) noexcept {
  return static_cast<std::int32_t>(state >> k_counter_shift);
}
constexpr std::uint32_t waiters_of(std::uint64_t state) noexcept {
  return static_cast<std::uint32_t>(state);
}

}  // namespace

void wait_group::add(int n) {
  detail::sched::point_add(detail::sched::op::wait_group_add, this, n);
  WEFT_API_FRAME;
  if (n < 0) detail::hb::release_merge(cell_);  // E18
  std::uint64_t change = static_cast<std::uint64_t>(static_cast<std::int64_t>(n))
                         << k_counter_shift;
  // [WG-1] acq_rel; pairs with the acquire [WG-2], [WG-3], [WG-4], [WG-5] and
  //        with [WG-1] of the done() that releases: it is that one which wakes, and all before
  //        it must be visible to the woken.
  std::uint64_t state = state_.fetch_add(change, detail::acq_rel) + change;
  std::int32_t counter = counter_of(state);
  std::uint32_t waiters = waiters_of(state);
  // The first add must be ordered against the first wait: their accesses race otherwise.
  if (n > 0 && counter == n) detail::hb::read(&waiters_, 1);
  if (WEFT_UNLIKELY(counter < 0)) throw panic("sync: negative WaitGroup counter");
  if (WEFT_UNLIKELY(waiters != 0 && n > 0 && counter == n))
    throw panic("sync: WaitGroup misuse: Add called concurrently with Wait");
  if (counter > 0 || waiters == 0) return;
  release_waiters(state);
}

// The counter has reached zero, and nobody may change the state but by misuse.
void wait_group::release_waiters(std::uint64_t seen) {
  if (state_.load() != seen)
    throw panic("sync: WaitGroup misuse: Add called concurrently with Wait");
  state_.store(0);
  waiters_.give_all(waiters_of(seen));
}

void wait_group::wait() {
  WEFT_API_FRAME;
  if (detail::sched::point_when(detail::sched::op::wait_group_wait, this,
                                [this] { return counter_of(state_.load()) == 0; }))
    detail::hb::write(&waiters_, 1);  // as when it is the first that blocks, below
  // [WG-2] acquire; pairs with the release [WG-1].
  std::uint64_t state = state_.load(detail::acquire);
  while (counter_of(state) != 0) {
    // [WG-3] acq_rel; pairs with the release [WG-1].
    if (!state_.compare_exchange_weak(state, state + 1, detail::acq_rel, detail::acquire)) continue;
    if (waiters_of(state) == 0) detail::hb::write(&waiters_, 1);
    waiters_.acquire(detail::wait_reason::wait_group_wait, false);
    finish_wait();
    return;
  }
  detail::hb::acquire(cell_);  // E18
}

void wait_group::finish_wait() {
  detail::hb::acquire(cell_);  // E18
  if (state_.load() != 0)
    throw panic("sync: WaitGroup is reused before previous Wait has returned");
}

std::error_code wait_group::wait(const context& ctx) {
  detail::cancel_signal* signal = ctx.signal();
  if (signal == nullptr) {
    wait();
    return {};
  }
  detail::sched::point(detail::sched::op::wait_group_wait, this);
  WEFT_API_FRAME;
  if (std::error_code e = signal->ended()) return e;
  // [WG-4] acquire; pairs with the release [WG-1].
  std::uint64_t state = state_.load(detail::acquire);
  while (counter_of(state) != 0) {
    // [WG-5] acq_rel; pairs with the release [WG-1].
    if (!state_.compare_exchange_weak(state, state + 1, detail::acq_rel, detail::acquire)) continue;
    detail::cancelable_wait wait(*signal);
    bool canceled = wait.subscribe() ||
                    waiters_.acquire_unless(detail::wait_reason::wait_group_wait, false, wait) ==
                        detail::slept::canceled;
    detail::sched::touch(detail::sched::op::wait_group_wait, this);
    if (canceled && leave_uncounted()) return signal->ended();
    // A permit is booked for this call already, or it has had it.
    if (canceled) waiters_.acquire(detail::wait_reason::wait_group_wait, false);
    finish_wait();
    return {};
  }
  detail::hb::acquire(cell_);  // E18
  return {};
}

// Takes one waiter off the count, unless the permits for all that were counted are given or
// about to be.
bool wait_group::leave_uncounted() {
  std::uint64_t state = state_.load();
  while (counter_of(state) != 0 && waiters_of(state) != 0)
    if (state_.compare_exchange_weak(state, state - 1)) return true;
  return false;
}

}  // namespace weft::inline WEFT_WORLD
