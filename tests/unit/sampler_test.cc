// SPDX-License-Identifier: Apache-2.0
// What the profiles look at, from the inside: weights that add up to the truth however fast events
// come; and measuring that ends when nobody looks.
#include <gtest/gtest.h>

#include "os/clock.h"
#include "runtime/sampler.h"
#include "runtime/trace_points.h"

namespace weft_test {
namespace {

using weft::detail::sampler;

constexpr std::int64_t k_apart = 5000;

struct outcome {
  double weights = 0;
  int taken = 0;
};

// n events, so far apart.
outcome offer(sampler& s, std::int64_t& now, int n, std::int64_t spacing, std::uint32_t least = 1) {
  outcome o;
  for (int i = 0; i < n; ++i) {
    now += spacing;
    if (!s.due()) continue;
    o.weights += s.take(now, k_apart, least, 64);
    ++o.taken;
  }
  return o;
}

// Chance moves the sums by some thousandths here; the bounds are far off.
TEST(Sampler, WeightsAddUpToTheEvents) {
  for (std::int64_t spacing : {10, 100, 700, 3000}) {
    sampler s;
    std::int64_t now = 1;
    offer(s, now, 1000, spacing);
    outcome o = offer(s, now, 1'000'000, spacing);
    EXPECT_NEAR(o.weights, 1e6, 0.1e6) << spacing;
    EXPECT_LT(o.taken, spacing < 1000 ? 500'000 : 1'000'001) << spacing;
  }
}

TEST(Sampler, TakesEverythingThatIsRare) {
  sampler s;
  std::int64_t now = 1;
  offer(s, now, 1000, 10);
  offer(s, now, 1000, 10 * k_apart);  // it has to notice first
  outcome o = offer(s, now, 1000, 10 * k_apart);
  EXPECT_EQ(o.taken, 1000);
  EXPECT_EQ(o.weights, 1000);
}

TEST(Sampler, StandsForAtLeastAsManyAsItIsTold) {
  sampler s;
  std::int64_t now = 1;
  offer(s, now, 1000, 10 * k_apart, 10);
  outcome o = offer(s, now, 100'000, 10 * k_apart, 10);
  EXPECT_NEAR(o.weights, 1e5, 0.2e5);
  EXPECT_NEAR(o.taken, 1e4, 0.2e4);
}

// Two goroutines that take turns must not leave all the looking to one of them.
TEST(Sampler, MeetsNoPattern) {
  sampler s;
  std::int64_t now = 1;
  double by_parity[2] = {};
  for (int i = 0; i < 1'000'000; ++i) {
    now += 100;
    if (s.due()) by_parity[i % 2] += s.take(now, k_apart, 1, 64);
  }
  EXPECT_NEAR(by_parity[0], 5e5, 1e5);
  EXPECT_NEAR(by_parity[1], 5e5, 1e5);
}

TEST(SchedulingLatency, IsMeasuredForTenMinutesAfterTheLastLook) {
  using namespace weft::detail;
  trace::watch_latency();
  const std::int64_t looked = os::monotonic_now();
  EXPECT_TRUE(probed(probe::latency));
  trace::end_unasked_latency(looked + 599'000'000'000);
  EXPECT_TRUE(probed(probe::latency));
  trace::end_unasked_latency(looked + 601'000'000'000);
  EXPECT_FALSE(probed(probe::latency));
  trace::watch_latency();
  EXPECT_TRUE(probed(probe::latency));
  trace::end_unasked_latency(looked + 10'000'000'000'000);
}

}  // namespace
}  // namespace weft_test
