// SPDX-License-Identifier: Apache-2.0
#pragma once
// sched: the scheduling points and free choices of the contract.                      Floor 2.
//
// A point stands before every operation whose order against another goroutine's matters; the
// checker may switch there. choose() is where the contract leaves a choice open (which ready
// case of a select fires); the checker explores every answer.

#include <weft/detail/base/config.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::sched {

enum class op : unsigned char {
  spawn,
  yield,
  sleep,
  chan_send,
  chan_recv,
  chan_close,
  chan_len,
  select,
  lock,
  try_lock,
  unlock,
  wait_group_add,
  wait_group_wait,
  once_call,
  condition_wait,
  condition_notify,
  semaphore_acquire,
  semaphore_try_acquire,
  semaphore_release,
  lock_shared,
  try_lock_shared,
  unlock_shared,
  atomic_load,
  atomic_store,
  atomic_update,
  timer_stop,
  timer_reset,
  cancel,
  map_load,
  map_update,
  map_range,
  container_push,
  container_pop,
  pool_get,
  pool_put,
};

/// About to perform `what` on `object`. Nothing in this build.
inline void point(op /*what*/, const void* /*object*/) noexcept {}

/// A number in [0, n), n > 0. Per-thread random in this build; unbiased enough for fairness.
unsigned choose(unsigned n) noexcept;

}  // namespace detail::sched
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
