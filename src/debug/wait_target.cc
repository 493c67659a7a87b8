// SPDX-License-Identifier: Apache-2.0
// wait_target.cc: see wait_target.h.                                                  Floor 6.

#include "debug/wait_target.h"

#include <weft/once.h>
#include <weft/shared_mutex.h>

#include "sync/select_park.h"

#include <cstddef>
#include <cstdio>

// The classes looked into have private members and, some, no standard layout: g++ and clang lay
// them out all the same, and that is all that is asked here.
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct chan_view {
  static debug::channel_state state(const chan_core& c) noexcept {
    return {c.count_.load(), c.capacity_, c.refs_.load(), c.closed_.load(), c.source_ != nullptr};
  }
  static constexpr std::size_t k_lock = offsetof(chan_core, lock_);
};

struct lock_view {
  static debug::mutex_state state(const mutex_core& m) noexcept {
    std::uint32_t state = m.state_.load();
    bool locked = (state & (mutex_core::k_locked | mutex_core::k_starving)) != 0;
    return {locked, m.holder_.get()};
  }
  static constexpr std::size_t k_state = offsetof(mutex_core, state_);
  static constexpr std::size_t k_holder = offsetof(mutex_core, holder_);
  static constexpr std::uint32_t k_locked = mutex_core::k_locked;
  static constexpr std::size_t k_in_queue = offsetof(sleep_queue, lock_);
  static constexpr std::size_t k_lock = offsetof(mutex_core, waiters_) + k_in_queue;
};

// Who waits for a once looks to reports like who waits for a mutex, and so does the once.
struct once_view {
  static_assert(offsetof(once, state_) == lock_view::k_state &&
                offsetof(once, holder_) == lock_view::k_holder &&
                offsetof(once, waiters_) + lock_view::k_in_queue == lock_view::k_lock &&
                once::k_running == lock_view::k_locked);
};

struct shared_mutex_view {
  static constexpr std::ptrdiff_t k_gate_to_writers =
      static_cast<std::ptrdiff_t>(offsetof(shared_mutex, writers_)) -
      static_cast<std::ptrdiff_t>(offsetof(shared_mutex, gate_));
};

}  // namespace detail

namespace debug {

using namespace detail;

namespace {

template <class T>
const T* at(const void* start, std::ptrdiff_t offset) noexcept {
  return reinterpret_cast<const T*>(static_cast<const char*>(start) + offset);
}

// `queue_lock` guards the queue that the party is in; `slot` is its waiter's.
void find_object(wait_target& t, const void* queue_lock, const void* slot) noexcept {
  switch (t.why) {
    case wait_reason::chan_receive:
    case wait_reason::chan_send:
      t.kind = wait_target::on::channels;
      t.one = at<chan_core>(queue_lock, -static_cast<std::ptrdiff_t>(chan_view::k_lock));
      t.count = 1;
      return;
    case wait_reason::mutex_lock:
      t.kind = wait_target::on::mutex;
      t.object = at<mutex_core>(queue_lock, -static_cast<std::ptrdiff_t>(lock_view::k_lock));
      return;
    case wait_reason::shared_mutex_lock:
    case wait_reason::shared_mutex_lock_shared:
      t.kind = t.why == wait_reason::shared_mutex_lock ? wait_target::on::drain
                                                       : wait_target::on::readers;
      t.object = at<mutex_core>(queue_lock, shared_mutex_view::k_gate_to_writers);
      return;
    case wait_reason::wait_group_wait:
    case wait_reason::semaphore_acquire:
      t.kind = wait_target::on::other;
      t.object = queue_lock;
      return;
    case wait_reason::condition_wait:
      t.kind = wait_target::on::other;
      t.object = slot;
      return;
    default:
      return;
  }
}

}  // namespace

channel_state look_at(const chan_core& c) noexcept { return chan_view::state(c); }
mutex_state look_at(const mutex_core& m) noexcept { return lock_view::state(m); }

wait_target target_of(const party& who, wait_reason why, commit_fn commit,
                      const void* arg) noexcept {
  wait_target t;
  t.why = why;
  t.being_woken = !who.self.queued;
  auto [wait, queue_lock] = cancelable_wait::behind(commit, arg);
  if (wait != nullptr) {
    t.signal = &wait->signal();
    t.being_woken = wait->node.claim->winner.load() != select_claim::k_open;
    if (why == wait_reason::chan_receive_nil || why == wait_reason::chan_send_nil) {
      t.kind = wait_target::on::other;
      t.object = t.signal;
    } else {
      find_object(t, queue_lock, wait->node.slot);
    }
    return t;
  }
  switch (why) {
    case wait_reason::chan_receive_nil:
    case wait_reason::chan_send_nil:
    case wait_reason::select_no_cases:
      t.kind = wait_target::on::never;
      t.being_woken = false;
      return t;
    case wait_reason::select:
      if (arg == nullptr) {  // all of its channels are nil
        t.kind = wait_target::on::never;
        t.being_woken = false;
        return t;
      }
      t.kind = wait_target::on::channels;
      t.channels = static_cast<const select_park*>(arg)->channels;
      t.count = static_cast<const select_park*>(arg)->count;
      t.being_woken =
          static_cast<const select_park*>(arg)->claim->winner.load() != select_claim::k_open;
      return t;
    case wait_reason::condition_wait:
      t.being_woken = !static_cast<const waiter*>(arg)->queued;
      find_object(t, nullptr, static_cast<const waiter*>(arg)->slot);
      return t;
    default:
      find_object(t, arg, nullptr);
      return t;
  }
}

std::string describe(const wait_target& t) {
  char text[120];
  std::string all;
  for (std::size_t i = 0; i < t.count && i < 8; ++i) {
    channel_state s = look_at(*t.channel(i));
    std::snprintf(text, sizeof text, "%schan %p (%zu of %zu, %u handle%s%s)", i == 0 ? "" : ", ",
                  static_cast<const void*>(t.channel(i)), s.count, s.capacity, s.handles,
                  s.handles == 1 ? "" : "s", s.timer ? ", a timer's" : "");
    all += text;
  }
  if (t.count > 8) all += ", ...";
  if (t.object == nullptr) return all;
  const char* name = "object";
  switch (t.why) {
    case wait_reason::mutex_lock:
      name = "mutex";
      break;
    case wait_reason::shared_mutex_lock:
    case wait_reason::shared_mutex_lock_shared:
      name = "shared_mutex";
      break;
    case wait_reason::wait_group_wait:
      name = "wait_group";
      break;
    case wait_reason::condition_wait:
      name = "condition_variable";
      break;
    case wait_reason::semaphore_acquire:
      name = "semaphore";
      break;
    default:
      break;
  }
  std::snprintf(text, sizeof text, "%s %p", name, t.object);
  return text;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
