// SPDX-License-Identifier: Apache-2.0
// once.cc: who runs, who waits.                                                       Floor 4.
//
// Source: Go's sync/once.go for what it does: done is set after f, also when f panics. There the
// others queue on a mutex; here they are counted in the state word, and no edge between two of
// them arises.
// INV-1 waiters > 0 implies running. Each waiter is given one permit by finish(), none else is.

#include <weft/once.h>

namespace weft::inline WEFT_WORLD {

// True: the caller is to run f, and then to call finish(). False: f has ended.
bool once::begin() {
  using detail::acquire;
  std::uint32_t state = state_.load(acquire);  // [ON-3] acquire; pairs with the release [ON-2].
  while (state != k_done) {
    bool first = state == 0;
    // [ON-4] acquire; pairs with the release [ON-2].
    if (!state_.compare_exchange_weak(state, first ? k_running : state + k_one_waiter, acquire,
                                      acquire))
      continue;
    if (first) holder_.note();
    if (!first) waiters_.acquire(detail::wait_reason::mutex_lock, false);
    return first;
  }
  return false;
}

void once::finish() noexcept {
  detail::sched::touch(detail::sched::op::once_call, this);
  detail::hb::release(cell_);  // E12
  // [ON-2] release; pairs with the acquire [ON-1], [ON-3], [ON-4].
  std::uint32_t waiters = state_.exchange(k_done, detail::release) / k_one_waiter;
  if (waiters != 0) waiters_.give_all(waiters);
}

}  // namespace weft::inline WEFT_WORLD
