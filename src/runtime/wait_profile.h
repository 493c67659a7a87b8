// SPDX-License-Identifier: Apache-2.0
#pragma once
// wait_profile: where parties block, and which unlocks others waited for.             Floor 3.

#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/probes.h>

#include "runtime/scheduler.h"
#include "runtime/stack_samples.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

/// Blocking for `rate` nanoseconds is recorded once in the mean; 0 and less: nothing is.
void set_block_rate(std::int64_t rate) noexcept;
/// One of n contended unlocks is recorded; 0: none. Gives the previous n; n < 0 only asks.
int set_mutex_fraction(int n) noexcept;

/// Whether locks are watched has changed: call it after the change. The metrics watch them with the
/// latency.
void update_lock_probe() noexcept;

/// How often and how long others have waited for a lock, estimated from what was watched.
struct lock_waits {
  std::uint64_t count;
  std::uint64_t ns;
};
lock_waits lock_waits_so_far() noexcept;

/// What Go's block profile counts: not sleeping, and not what nothing can end.
constexpr bool counts_as_blocked(wait_reason why) noexcept {
  constexpr auto bit = [](wait_reason r) { return 1U << static_cast<unsigned>(r); };
  constexpr unsigned k_counted =
      bit(wait_reason::chan_receive) | bit(wait_reason::chan_send) | bit(wait_reason::select) |
      bit(wait_reason::mutex_lock) | bit(wait_reason::wait_group_wait) |
      bit(wait_reason::condition_wait) | bit(wait_reason::semaphore_acquire) |
      bit(wait_reason::shared_mutex_lock) | bit(wait_reason::shared_mutex_lock_shared);
  return (k_counted >> static_cast<unsigned>(why) & 1) != 0;
}

/// Changes when the rate or the coarse clock does: then each processor looks at the time.
extern shared_word<std::uint32_t> g_block_epoch;
inline void note_coarse_tick() noexcept { g_block_epoch.fetch_add(1); }
/// The processor has idled, or has done something else than to switch.
inline void note_pause(wait_samples& s) noexcept {
  if (probed(probe::block_profile)) s.epoch = g_block_epoch.load() - 1;
}

/// A wait that is longer is recorded even if it was not to be measured.
inline constexpr std::int64_t k_long_wait_ns = 2'000'000;

/// What is left for few of the switches. `parks`: from begins a wait that counts.
WEFT_NOINLINE bool note_block_switch_slow(wait_samples& s, goroutine& from, goroutine& to,
                                          bool parks) noexcept;

/// For probe::block_profile: `w` is about to switch. True if `to` ends a wait that is to be
/// recorded: then it must call record_blocked() as soon as it is on its stack.
inline bool note_block_switch(worker& w, goroutine& from, goroutine& to) noexcept {
  if (w.p == nullptr) return false;
  wait_samples& s = w.p->waits;
  // [WP-4] relaxed: own. Nobody has woken it yet, for it can be found only once it is off.
  bool parks = from.status.load(relaxed) == goroutine_status::waiting &&
               counts_as_blocked(from.why.load(relaxed));
  // [WP-3] relaxed: a hint that is in time.
  if (WEFT_UNLIKELY(s.epoch != g_block_epoch.load(relaxed) || (parks && s.parks.about_due()) ||
                    s.read_at - to.blocked.since >= k_long_wait_ns)) {
    return note_block_switch_slow(s, from, to, parks);
  }
  if (parks) {
    s.parks.pass();
    from.blocked.since = s.read_at;
  }
  to.blocked.since = k_no_wait;
  return false;
}

/// A wait of the calling goroutine: one that stands for `count`, of so many nanoseconds in all.
void record_blocked(double count, double ns) noexcept;

/// The calling plain thread was blocked between these two times, and is awake again.
WEFT_COLD void note_thread_blocked(wait_reason why, std::int64_t since,
                                   std::int64_t until) noexcept;

/// Count and nanoseconds by stack, since the process began.
stack_table& block_table() noexcept;
stack_table& mutex_table() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
