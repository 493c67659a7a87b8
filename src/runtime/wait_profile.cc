// SPDX-License-Identifier: Apache-2.0
// wait_profile.cc: see wait_profile.h.                                                Floor 3.
//
// Sampling is unbiased. Of waits shorter than the rate one is kept with probability wait / rate,
// and then counts for the rate / wait that were not; the longer ones are all kept. Of unlocks one
// in n is kept, and counts n times. Source: Go's runtime/mprof.go.

#include "runtime/wait_profile.h"

#include "os/clock.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constinit shared_word<std::int64_t> g_block_rate{0};
constinit shared_word<int> g_mutex_fraction{0};
constinit stack_table g_block_table;
constinit stack_table g_mutex_table;

// A time's lowest digits are as good as chance once they are stirred.
std::uint64_t chance(std::int64_t time) noexcept {
  auto x = static_cast<std::uint64_t>(time);
  x += reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

// What Go's block profile counts: not sleeping, and not what nothing can end.
bool counts_as_blocked(wait_reason why) noexcept {
  switch (why) {
    case wait_reason::chan_receive:
    case wait_reason::chan_send:
    case wait_reason::select:
    case wait_reason::mutex_lock:
    case wait_reason::wait_group_wait:
    case wait_reason::condition_wait:
    case wait_reason::semaphore_acquire:
    case wait_reason::shared_mutex_lock:
    case wait_reason::shared_mutex_lock_shared:
      return true;
    default:
      return false;
  }
}

}  // namespace

void set_block_rate(std::int64_t rate) noexcept {
  g_block_rate.store(rate > 0 ? rate : 0);
  set_probe(probe::block_profile, rate > 0);
}

int set_mutex_fraction(int n) noexcept {
  if (n < 0) return g_mutex_fraction.load();
  int before = g_mutex_fraction.exchange(n);
  set_probe(probe::mutex_profile, n > 0);
  return before;
}

void note_blocked(wait_reason why, std::int64_t since, std::int64_t until) noexcept {
  if (!counts_as_blocked(why)) return;
  std::int64_t rate = g_block_rate.load(relaxed);  // [WP-1] relaxed: a setting.
  if (rate <= 0) return;
  std::int64_t ns = std::max<std::int64_t>(until - since, 1);
  double count = 1;
  auto value = static_cast<double>(ns);
  if (ns < rate) {
    if (chance(until) % static_cast<std::uint64_t>(rate) >= static_cast<std::uint64_t>(ns)) return;
    count = static_cast<double>(rate) / value;
    value = static_cast<double>(rate);
  }
  stack_sample s;
  capture_stack(s);
  g_block_table.add(s, count, value);
}

void note_unlock(std::int64_t waited_ns) noexcept {
  int n = g_mutex_fraction.load(relaxed);  // [WP-2] relaxed: a setting.
  if (n <= 0) return;
  if (n > 1 && chance(os::monotonic_now()) % static_cast<std::uint64_t>(n) != 0) return;
  stack_sample s;
  capture_stack(s);
  g_mutex_table.add(s, n, static_cast<double>(n) * static_cast<double>(waited_ns));
}

stack_table& block_table() noexcept { return g_block_table; }
stack_table& mutex_table() noexcept { return g_mutex_table; }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
