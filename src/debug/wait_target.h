// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_target: what a parked goroutine or thread waits for.                           Floor 6.
//
// Nothing is recorded for this while the program runs: what a party gave to park(), the action that
// unlocks what it is queued on, tells.

#include <weft/detail/sync/cancellation.h>
#include <weft/detail/sync/chan_core.h>
#include <weft/detail/sync/mutex_core.h>

#include "runtime/goroutine.h"

#include <string>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// What a channel looks like inside. For a channel that cannot change meanwhile.
struct channel_state {
  std::size_t count;
  std::size_t capacity;
  std::uint32_t handles;
  bool closed;
  bool timer;  // fed by a timer
};
channel_state look_at(const detail::chan_core& c) noexcept;

/// Who locked a mutex last, and whether it is locked.
struct mutex_state {
  bool locked;
  detail::stack_mark holder;
};
mutex_state look_at(const detail::mutex_core& m) noexcept;

struct wait_target {
  enum class on : unsigned char {
    never,      // nothing that anybody could do ends this wait
    channels,   // `channels`, `count` of them: one, or those of a select
    mutex,      // `object`: a mutex_core, that of a mutex or of the writers of a shared_mutex
    readers,    // `object`: a mutex_core whose holder keeps readers out
    drain,      // `object`: a mutex_core, the writers' of a shared_mutex; waits for its readers
    other,      // `object`: a wait_group, semaphore or condition_variable, or part of one
    not_known,  // sleeps, runs a blocking call, ...: or what has been said here is not enough
  };
  on kind = on::not_known;
  detail::wait_reason why = detail::wait_reason::none;
  const void* object = nullptr;
  const detail::chan_core* const* channels = nullptr;
  std::size_t count = 0;
  const detail::chan_core* one = nullptr;  // what `channels` points to, if it is one
  bool being_woken = false;  // somebody has taken it off its queue, and will make it ready
  const detail::cancel_signal* signal = nullptr;  // the wait ends when this does, too

  [[nodiscard]] const detail::chan_core* channel(std::size_t i) const noexcept {
    return one != nullptr ? one : channels[i];
  }
};

/// Of a parked party that stays parked, by what it gave to park().
wait_target target_of(const detail::party& who, detail::wait_reason why, detail::commit_fn commit,
                      const void* arg) noexcept;
inline wait_target target_of(const detail::goroutine& g) noexcept {
  return target_of(g, g.why.load(), g.commit, g.commit_arg);
}

/// "chan 0x55d0c0 (unbuffered, 2 handles)"; empty if there is nothing to name.
std::string describe(const wait_target& t);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
