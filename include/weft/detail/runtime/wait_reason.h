// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_reason: why a party is parked, and Go's words for it.                          Floor 3.

#include <weft/detail/base/config.h>

#include <cstdint>
#include <string_view>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Why a party is parked; the words in dumps are Go's (contract.md 2.0).
enum class wait_reason : std::uint8_t {
  none,
  chan_receive,
  chan_send,
  chan_receive_nil,
  chan_send_nil,
  select,
  select_no_cases,
  sleep,
  mutex_lock,
  wait_group_wait,
  condition_wait,
  semaphore_acquire,
  shared_mutex_lock,
  shared_mutex_lock_shared,
  blocking_call,
  run_wait,
};

/// As in dumps, traces, profiles and what the checker finds.
constexpr std::string_view reason_text(wait_reason why) noexcept {
  switch (why) {
    case wait_reason::none:
      return "runnable";
    case wait_reason::chan_receive:
      return "chan receive";
    case wait_reason::chan_send:
      return "chan send";
    case wait_reason::chan_receive_nil:
      return "chan receive (nil chan)";
    case wait_reason::chan_send_nil:
      return "chan send (nil chan)";
    case wait_reason::select:
      return "select";
    case wait_reason::select_no_cases:
      return "select (no cases)";
    case wait_reason::sleep:
      return "sleep";
    case wait_reason::mutex_lock:
      return "sync.Mutex.Lock";
    case wait_reason::wait_group_wait:
      return "sync.WaitGroup.Wait";
    case wait_reason::condition_wait:
      return "sync.Cond.Wait";
    case wait_reason::semaphore_acquire:
      return "semacquire";
    case wait_reason::shared_mutex_lock:
      return "sync.RWMutex.Lock";
    case wait_reason::shared_mutex_lock_shared:
      return "sync.RWMutex.RLock";
    case wait_reason::blocking_call:
      return "syscall";
    case wait_reason::run_wait:
      return "waiting for run";
  }
  return "?";
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
