// SPDX-License-Identifier: Apache-2.0
// searches_test.cc: what options ask of a search: time, bounds, shards; and options that make no
// sense.

#include "programs.h"

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {

namespace check = weft::check;
using programs::lost_update;
using namespace std::chrono_literals;

// The answer comes at once, but at once may be late on a slow machine.
void answer_or_timeout() {
  auto answer = weft::make_chan<int>();
  weft::go({.name = "worker"}, [=] { answer.send(42); });
  weft::select(weft::on_recv(answer), weft::on_recv(weft::after(1s)));
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

TEST(Searches, AdversarialTimeLetsATimeoutWinAgainstWorkThatIsDue) {
  for (check::strategy_kind how : {check::exhaustive, check::random}) {
    check::report calm = check::explore(answer_or_timeout, {.strategy = how});
    EXPECT_TRUE(calm.ok()) << calm;
    check::report slow =
        check::explore(answer_or_timeout, {.strategy = how, .adversarial_time = true});
    ASSERT_EQ(slow.leaks.size(), 1U) << slow;
    EXPECT_TRUE(says(slow.leaks[0].text, "g2 (worker) [chan send]")) << slow;
    EXPECT_TRUE(says(slow.leaks[0].text, "time passes: 1 s")) << slow;
    check::report again =
        check::replay(slow.schedule, answer_or_timeout, {.adversarial_time = true});
    EXPECT_EQ(again.leaks.size(), 1U) << again;
  }
}

TEST(Searches, ATickerUnderAdversarialTimeEnds) {
  check::report r = check::explore(
      [] {
        weft::ticker every(10ms);
        weft::atomic<int> n{0};
        weft::go([&] { n.fetch_add(1); });
        every.c().recv();
        every.stop();
        while (n.load() == 0) weft::yield();
      },
      {.strategy = check::exhaustive, .max_executions = 2'000, .adversarial_time = true});
  EXPECT_TRUE(r.ok()) << r;
}

TEST(Searches, TheBoundGrowsUntilNothingIsLeftOut) {
  check::report r = check::explore(
      [] {
        auto x = std::make_shared<weft::atomic<int>>(0);
        for (int i = 0; i < 3; ++i) weft::go([=] { x->fetch_add(1), x->fetch_add(1); });
      },
      {.strategy = check::growing});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
  EXPECT_GT(r.bound, 0);
  check::report found = check::explore([] { lost_update(1); }, {.strategy = check::growing});
  EXPECT_TRUE(says(found.strategy, "at most 1 preemption")) << found;
}

// Together the shards see what one search sees, and none sees it all.
TEST(Searches, ShardsShareTheWork) {
  auto body = [] {
    auto m = std::make_shared<weft::mutex>();
    for (int i = 0; i < 3; ++i) {
      weft::go([=] {
        for (int k = 0; k < 3; ++k) m->lock(), m->unlock();
      });
    }
  };
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < 4; ++i) {
    check::report r =
        check::explore(body, {.strategy = check::exhaustive, .shard = i, .shards = 4});
    EXPECT_TRUE(r.complete);
    EXPECT_GT(r.executions, 0U);
    EXPECT_LT(r.executions, 1680U);
    sum += r.executions;
  }
  EXPECT_EQ(sum, 1680U);
}

TEST(Searches, ToChooseFromNothingIsAFailure) {
  check::report r = check::explore([] { static_cast<void>(check::choose(0)); });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "check::choose: no number is below 0")) << r;
}

TEST(Searches, OptionsWithWhichNothingIsFoundAreAFailure) {
  const struct {
    check::options o;
    const char* why;
  } all[] = {
      {{.shard = 2, .shards = 0}, "there is no shard 2"},
      {{.shard = 2, .shards = 2}, "there is no shard 2"},
      {{.strategy = static_cast<check::strategy_kind>(100)}, "there is no strategy 100"},
      {{.preemption_bound = -7}, "preemption_bound is -7"},
      {{.strategy = check::pct, .depth = 0}, "depth is 0"},
      {{.max_steps = 0}, "max_steps is 0"},
  };
  for (const auto& [o, why] : all) {
    check::report r = check::explore([] {}, o);
    EXPECT_FALSE(r.ok()) << why;
    EXPECT_EQ(r.executions, 0U) << why;
    EXPECT_TRUE(says(r.summary(), why)) << r;
    EXPECT_FALSE(check::outcomes<int>([] { return 0; }, check::go, o).how.ok()) << why;
  }
}

WEFT_CHECK_SHARDED_TEST(Sharded, CriticalSections, 3) {
  auto m = std::make_shared<weft::mutex>();
  for (int i = 0; i < 3; ++i) {
    weft::go([=] {
      for (int k = 0; k < 2; ++k) m->lock(), m->unlock();
    });
  }
}

// How many executions this program says there were, run as GoogleTest runs one of its shards.
std::uint64_t executions_of_shard(int shard, int* tests) {
  std::string command = "GTEST_TOTAL_SHARDS=3 GTEST_SHARD_INDEX=" + std::to_string(shard) +
                        " /proc/" + std::to_string(getpid()) +
                        "/exe --gtest_filter='*Sharded.CriticalSections*' 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> out(popen(command.c_str(), "r"), pclose);
  std::uint64_t sum = 0;
  char line[512];
  while (std::fgets(line, sizeof line, out.get()) != nullptr) {
    unsigned long long n = 0;
    if (std::sscanf(line, "weft::check: ok, exhaustive, %llu executions", &n) != 1) continue;
    sum += n;
    ++*tests;
  }
  return sum;
}

TEST(Searches, AShardedTestIsSharedByGoogleTestsShards) {
  std::uint64_t sum = 0;
  for (int shard = 0; shard < 3; ++shard) {
    int tests = 0;
    std::uint64_t n = executions_of_shard(shard, &tests);
    EXPECT_EQ(tests, 1);
    EXPECT_GT(n, 0U);
    EXPECT_LT(n, 90U);
    sum += n;
  }
  EXPECT_EQ(sum, 90U);  // what one search sees: explorer_counts_test.cc
}

}  // namespace
