// SPDX-License-Identifier: Apache-2.0
#pragma once
// sched_op: the words in which the primitives speak of what they are about to do.     Floor 2.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <limits>

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
  settle,
  announce,  // a writer that locks a shared_mutex keeps new readers out ...
  drain,     // ... and waits for those that are in
  fence,     // of weft's own, as what follows
  heavy_fence,
  futex_wait,
  futex_wake,
  context_err,      // has it ended?
  condition_sleep,  // unless it was notified meanwhile
};

/// What a channel has for an operation that is performed now.
struct outlook {
  bool ready = false;  // the operation can be done at once
  bool meets = false;  // not ready, but it could be done together with one of the other side
  bool closed = false;
  bool timed = false;  // a timer's channel
  std::uint64_t count = 0;
  std::uint64_t capacity = 0;
  std::int64_t due = std::numeric_limits<std::int64_t>::max();  // when it is ready by itself
};

/// One of the things an operation would do: send to or receive from a channel.
struct offer {
  const void* object = nullptr;  // null: never ready
  outlook (*look)(const void* object, bool sending) noexcept = nullptr;
  bool sending = false;
};

/// In place of the index of an offer: none was taken; nobody has decided.
inline constexpr std::uint64_t k_no_offer = ~std::uint64_t{0};
inline constexpr std::uint64_t k_undecided = k_no_offer - 1;

}  // namespace detail::sched
}  // namespace weft::inline WEFT_WORLD
