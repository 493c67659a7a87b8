// SPDX-License-Identifier: Apache-2.0
// endless_test.cc: executions that do not end, and those that only seem so.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

namespace check = weft::check;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

// It goes round alone, though the other would end it.
void give_way(int me, weft::atomic<int>* wants) {
  for (;;) {
    wants[me] = 1;
    if (wants[1 - me] == 0) break;
    wants[me] = 0;
  }
  wants[me] = 0;
}

TEST(StepBound, SaysWhatGoesRoundAndShowsTheEnd) {
  auto body = [] {
    weft::atomic<int> wants[2] = {};
    weft::wait_group both;
    for (int i = 0; i < 2; ++i) both.go([&, i] { give_way(i, wants); });
    both.wait();
  };
  check::report r = check::explore(
      body, {.strategy = check::exhaustive, .max_steps = 1'000, .name = "StepBound.Round"});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, "  the last 9")) << r;
  EXPECT_TRUE(says(text, " steps are the same 3 again and again:\n      g")) << r;
  EXPECT_TRUE(says(text, " could go on meanwhile, and was never chosen\n")) << r;
  EXPECT_TRUE(says(text, "weft::yield()")) << r;
  EXPECT_TRUE(says(text, " lines before)\n")) << r;
  EXPECT_TRUE(says(text, "\n 1002  ")) << r;  // and two that are no steps of the bound
  EXPECT_FALSE(says(text, "\n    1  ")) << r;
  EXPECT_TRUE(says(text, "... could go on: atomic ")) << r;
  // The picture has the end, too.
  const std::string path = testing::TempDir() + "round.svg";
  ASSERT_TRUE(r.svg(path));
  std::ifstream in(path);
  const std::string picture(std::istreambuf_iterator<char>(in), {});
  EXPECT_TRUE(says(picture, ">1002<")) << picture.size();
  EXPECT_FALSE(says(picture, ">602<")) << picture.size();
  EXPECT_TRUE(says(picture, ", after 602 steps")) << picture.size();
  // A file has all of it, and fits.
  const std::string file = testing::TempDir() + "round.schedule";
  ASSERT_TRUE(r.save(file));
  check::report again = check::replay(file, body, {.max_steps = 1'000});
  ASSERT_EQ(again.failures.size(), 1U) << again;
  EXPECT_EQ(again.failures[0].what, r.failures[0].what);
}

TEST(StepBound, SaysWhoTookTheStepsWhereThereIsNoRound) {
  check::report r = check::explore(
      [] {
        weft::mutex m;
        auto work = [&] {
          for (;;) {
            m.lock();
            m.unlock();
          }
        };
        weft::go(work);
        work();
      },
      {.strategy = check::random, .max_steps = 1'000});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].text, "  of the last 1000 steps ")) << r;
  EXPECT_TRUE(says(r.failures[0].text, " times main: lock #1 at endless_test.cc:")) << r;
  EXPECT_TRUE(says(r.failures[0].text, " times g1: lock #1 at endless_test.cc:")) << r;
}

// Each takes its own lock, and lets go of it if it does not get the other's.
void with_retry(weft::mutex& x, weft::mutex& y) {
  x.lock();
  while (!y.try_lock()) {
    x.unlock();
    x.lock();
  }
  y.unlock();
  x.unlock();
}

void with_two_tries(weft::mutex& x, weft::mutex& y) {
  for (;;) {
    if (!x.try_lock()) continue;
    if (y.try_lock()) break;
    x.unlock();
  }
  y.unlock();
  x.unlock();
}

// Whoever has failed often lets the other have a turn, as any scheduler would.
TEST(Backoff, WhoTriesAgainAndAgainDoesNotStarveTheOther) {
  for (auto* take : {with_retry, with_two_tries}) {
    auto body = [take] {
      weft::mutex a;
      weft::mutex b;
      weft::wait_group both;
      both.go([&] { take(a, b); });
      both.go([&] { take(b, a); });
      both.wait();
    };
    for (check::strategy_kind s :
         {check::portfolio, check::exhaustive, check::growing, check::random, check::pos,
          check::pct, check::urw, check::delay}) {
      check::report r = check::explore(
          body, {.strategy = s, .max_executions = s == check::exhaustive ? 50'000U : 5'000U});
      EXPECT_TRUE(r.ok()) << r;
      EXPECT_TRUE(r.complete || s != check::exhaustive) << r.summary();
    }
  }
}

}  // namespace
