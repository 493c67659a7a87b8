// SPDX-License-Identifier: Apache-2.0
// mutex.cc: locking with a context.                                                   Floor 4.

#include <weft/mutex.h>

#include <weft/context.h>
#include <weft/detail/sync/cancellation.h>

namespace weft::inline WEFT_WORLD {

std::error_code mutex::lock(const context& ctx) {
  detail::cancel_signal* signal = ctx.signal();
  if (signal == nullptr) {
    lock();
    return {};
  }
  detail::sched::point(detail::sched::op::lock, this);
  if (std::error_code ended = signal->ended()) return ended;
  detail::lock_order::locking(this);
  const std::error_code e = core_.lock_unless(*signal);
  detail::sched::touch(detail::sched::op::lock, this);  // of whoever has woken it, then
  if (e) return e;
  detail::lock_order::locked(this);
  detail::hb::acquire(cell_);  // E9
  return {};
}

}  // namespace weft::inline WEFT_WORLD
