// SPDX-License-Identifier: Apache-2.0
// wait_profile.cc: see wait_profile.h.                                                Floor 3.
//
// Sampling is unbiased: what is kept with probability p counts 1 / p times.
// - A wait shorter than the rate is kept with probability wait / rate, longer ones all. Source:
//   Go's runtime/mprof.go.
// - Where waits come so fast that reading the clock would be felt, only one in some is measured;
//   and where records would come too fast, the rate is raised, for a record costs a microsecond or
//   two. Not so below k_exact_below, where the user asks for everything.
// - A wait that is not measured is known to have begun after the clock was last read on its
//   processor. That is exact enough for long waits: so these are all kept, and stand for
//   themselves alone, as Go has it.

#include "runtime/wait_profile.h"

#include "os/clock.h"
#include "runtime/scheduler.h"

#include <algorithm>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::int64_t k_exact_below = 1000;  // a rate, in nanoseconds
// How far apart waits that are measured lie in the mean. Two readings of the clock then take about
// a two-hundredth of the time.
constexpr std::int64_t k_apart_ns = 10'000;
constexpr std::uint32_t k_most_parks = 64;  // that a measured one stands for
// How many times as long as a record takes lies between two, at least in the mean.
constexpr std::int64_t k_quiet_times = 64;
constexpr std::int64_t k_most_stale_ns = 50'000'000;  // of the coarse clock, or a bit more
constexpr std::int64_t k_most_cost = 50'000;          // more than that is the system's doing
constexpr std::int64_t k_most_worth = 10'000'000;
constexpr std::uint32_t k_most_contentions = 1 << 20;
constexpr int k_metrics_fraction = 8;  // what is enough for a sum: Go's

constinit shared_word<std::int64_t> g_block_rate{0};
constinit shared_word<int> g_mutex_fraction{0};
// [WP-9] relaxed: statistics.
constinit shared_word<std::uint64_t> g_lock_waits{0};
constinit shared_word<std::uint64_t> g_lock_wait_ns{0};
constinit stack_table g_block_table;
constinit stack_table g_mutex_table;

bool happens(double probability) noexcept {
  return static_cast<double>(os::random_u32()) < probability * 4294967296.0;
}

// Is a wait of `ns` that stands for `count` recorded? Then both stand for those that are not.
bool keep(double& count, double& ns, std::int64_t worth) noexcept {
  auto least = static_cast<double>(worth);
  if (ns >= least) return true;
  if (!happens(ns / least)) return false;
  count *= least / ns;
  ns = least;
  return true;
}

// What a record is worth in nanoseconds follows how fast they come: it doubles where they come too
// fast, and is halved for each stretch without one. Not on account of the wait that it is asked
// for.
std::int64_t worth_now(wait_samples& s, std::int64_t now, std::int64_t rate) noexcept {
  std::int64_t quiet = 2 * k_quiet_times * s.cost;
  for (; s.worth > rate && now - s.recorded_at > quiet; s.worth /= 2) s.recorded_at += quiet;
  return s.worth = std::max(s.worth, rate);
}

// A record has just been made, between these two times.
void pay(wait_samples& s, std::int64_t before, std::int64_t after) noexcept {
  s.cost += (std::min(after - before, k_most_cost) - s.cost) / 8;
  std::int64_t passed = before - std::exchange(s.recorded_at, before);
  if (passed < k_quiet_times / 2 * s.cost)
    s.worth = std::min(2 * s.worth, std::max(k_most_worth, s.worth));
}

/// What one switch does to the two goroutines that take part.
class block_switch {
 public:
  block_switch(wait_samples& s, std::int64_t rate) noexcept : s_(s), rate_(rate) {}

  std::int64_t look() noexcept {
    if (!looked_) s_.read_at = os::monotonic_now();
    looked_ = true;
    return s_.read_at;
  }

  // From time to time also if nothing is measured, for what is known of the time grows old.
  void keep_time() noexcept {
    std::uint32_t epoch = g_block_epoch.load(relaxed);  // [WP-7] relaxed: as [WP-3].
    if (s_.epoch == epoch) return;
    s_.epoch = epoch;
    bool new_rate = std::exchange(s_.rate, rate_) != rate_;
    // Or parks have become rare while many were yet to pass.
    if (new_rate || look() - s_.parks.taken_at() > 8 * k_apart_ns) s_.parks.restart(1);
  }

  void begin(block_mark& m) noexcept {
    m.since = s_.read_at;
    if (!s_.parks.due()) return;
    m.since = -look();
    m.weight = s_.parks.take(-m.since, k_apart_ns, 1, exact() ? 1 : k_most_parks);
  }

  bool end(goroutine& g) noexcept {
    std::int64_t since = std::exchange(g.blocked.since, k_no_wait);
    bool measured = since < 0;
    if (since == k_no_wait) return false;
    if (!measured && s_.read_at - since < k_long_wait_ns) return false;
    if (measured) since = -since;
    // A mark from before the profile was off for a while: the goroutine has parked again since.
    if (g.parked_at.load(relaxed) > since + k_most_stale_ns) return false;  // [WP-8] relaxed: own.
    std::int64_t ns = std::max<std::int64_t>(look() - since, 1);
    s_.count = ns >= k_long_wait_ns ? 1 : g.blocked.weight;
    s_.value = static_cast<double>(ns) * s_.count;
    return keep(s_.count, s_.value, exact() ? rate_ : worth_now(s_, s_.read_at, rate_));
  }

 private:
  bool exact() const noexcept { return rate_ < k_exact_below; }

  wait_samples& s_;
  std::int64_t rate_;
  bool looked_ = false;
};

}  // namespace

constinit shared_word<std::uint32_t> g_block_epoch{1};

void set_block_rate(std::int64_t rate) noexcept {
  rate = std::max<std::int64_t>(rate, 0);
  g_block_rate.store(rate);
  g_block_epoch.fetch_add(1);
  set_probe(probe::block_profile, rate > 0);
}

int set_mutex_fraction(int n) noexcept {
  if (n < 0) return g_mutex_fraction.load();
  int before = g_mutex_fraction.exchange(n);
  update_lock_probe();
  return before;
}

void update_lock_probe() noexcept {
  auto wanted = [] { return g_mutex_fraction.load() > 0 || probed(probe::latency); };
  bool on = false;
  do {
    on = wanted();
    set_probe(probe::mutex_profile, on);
  } while (on != wanted());  // or whoever looked first might have the last word
}

lock_waits lock_waits_so_far() noexcept { return {g_lock_waits.load(), g_lock_wait_ns.load()}; }

bool note_block_switch_slow(wait_samples& s, goroutine& from, goroutine& to, bool parks) noexcept {
  std::int64_t rate = g_block_rate.load(relaxed);  // [WP-1] relaxed: a setting.
  if (rate == 0) return false;
  block_switch now(s, rate);
  now.keep_time();
  if (parks) now.begin(from.blocked);
  return now.end(to);
}

void record_blocked(double count, double ns) noexcept {
  stack_sample stack;
  capture_stack(stack);
  g_block_table.add(stack, count, ns);
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) return;
  wait_samples& s = w->p->waits;
  std::int64_t before = std::exchange(s.read_at, os::monotonic_now());
  pay(s, before, s.read_at);
}

void note_thread_blocked(wait_reason why, std::int64_t since, std::int64_t until) noexcept {
  std::int64_t rate = g_block_rate.load(relaxed);  // [WP-6] relaxed: as [WP-1].
  if (rate == 0 || !counts_as_blocked(why)) return;
  double count = 1;
  auto ns = static_cast<double>(std::max<std::int64_t>(until - since, 1));
  if (!keep(count, ns, rate)) return;
  stack_sample stack;
  capture_stack(stack);
  g_block_table.add(stack, count, ns);
}

std::uint32_t sample_contention() noexcept {
  int n = g_mutex_fraction.load(relaxed);  // [WP-2] relaxed: a setting.
  if (n == 0 && probed(probe::latency)) n = k_metrics_fraction;
  if (n <= 1) return n == 1 ? 1 : 0;
  auto least = static_cast<std::uint32_t>(n);
  worker* w = current_worker();
  if (w == nullptr || w->p == nullptr) return happens(1.0 / n) ? least : 0;
  wait_samples& s = w->p->waits;
  if (!s.contentions.due()) return 0;
  return s.contentions.take(os::monotonic_now(), k_quiet_times * s.cost, least,
                            std::max(least, k_most_contentions));
}

void note_unlock(contention c) noexcept {
  g_lock_waits.fetch_add(c.weight, relaxed);  // [WP-9] again
  g_lock_wait_ns.fetch_add(c.weight * static_cast<std::uint64_t>(c.waited_ns), relaxed);
  if (g_mutex_fraction.load(relaxed) == 0) return;  // [WP-2] again
  stack_sample stack;
  capture_stack(stack);
  g_mutex_table.add(stack, c.weight,
                    static_cast<double>(c.weight) * static_cast<double>(c.waited_ns));
}

stack_table& block_table() noexcept { return g_block_table; }
stack_table& mutex_table() noexcept { return g_mutex_table; }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
