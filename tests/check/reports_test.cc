// SPDX-License-Identifier: Apache-2.0
// reports_test.cc: failures made simple, told in columns, kept and replayed.

#include "programs.h"

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/condition_variable.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/var.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

namespace {

namespace check = weft::check;
using programs::lost_update;
using namespace std::chrono_literals;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string scratch(const char* name) { return testing::TempDir() + "weft_check_" + name; }

TEST(Reports, AFailureIsShownWithTheFewestPreemptions) {
  auto body = [] { lost_update(3); };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    check::options o{.strategy = check::random, .seed = seed};
    check::report simple = check::explore(body, o);
    ASSERT_EQ(simple.failures.size(), 1U) << simple;
    EXPECT_EQ(simple.preemptions, 1U) << simple;
    o.shrink = false;
    check::report raw = check::explore(body, o);
    ASSERT_EQ(raw.failures.size(), 1U) << raw;
    EXPECT_GE(raw.preemptions, simple.preemptions);
    check::report again = check::replay(simple.schedule, body);
    ASSERT_EQ(again.failures.size(), 1U) << again;
    // Of the stack, another caller of the body.
    EXPECT_EQ(again.failures[0].text.substr(again.failures[0].text.find("schedule:")),
              simple.failures[0].text.substr(simple.failures[0].text.find("schedule:")));
  }
}

// Without a single interruption: who goes first is enough.
TEST(Reports, ADeadlockThatNeedsNoPreemptionHasNone) {
  check::report r = check::explore(
      [] {
        auto c = weft::make_chan<int>();
        weft::wait_group both;
        for (int i = 0; i < 2; ++i) {
          both.go([=] {
            weft::yield();
            c.send(i);
          });
        }
        both.wait();
      },
      {.strategy = check::random});
  ASSERT_EQ(r.deadlocks.size(), 1U) << r;
  EXPECT_EQ(r.preemptions, 0U) << r;
}

TEST(Reports, AStepTellsItsValueAndASwitchItsReason) {
  check::report r = check::explore(
      [] {
        auto c = weft::make_chan<int>();
        auto words = weft::make_chan<std::string>(1);
        weft::atomic<int> x{5};
        weft::go({.name = "sender"}, [=] {
          words.send("hello");
          c.send(42);
        });
        x.fetch_add(2);
        static_cast<void>(words.recv());
        weft::sleep_for(3ms);
        check::expect(c.recv() == 41, "the answer");
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, "main")) << text;
  EXPECT_TRUE(says(text, "g1 (sender)")) << text;
  EXPECT_TRUE(says(text, "atomic update #1: 5 -> 7")) << text;
  EXPECT_TRUE(says(text, ": \"hello\"")) << text;
  EXPECT_TRUE(says(text, ": 42 -> main")) << text;
  EXPECT_TRUE(says(text, "time passes: 3 ms")) << text;
  EXPECT_TRUE(says(text, "... waits: chan receive")) << text;
  EXPECT_TRUE(says(text, "reports_test.cc:")) << text;
}

TEST(Reports, TheSummaryIsOneLine) {
  check::report fine = check::explore([] { lost_update(0); }, {.on_race = check::ignore});
  EXPECT_TRUE(says(fine.summary(), "FAILED (failed: both count), ")) << fine.summary();
  check::report good = check::explore([] { weft::atomic<int>(1).store(2); });
  EXPECT_TRUE(says(good.summary(), "weft::check: ok, exhaustive, ")) << good.summary();
  EXPECT_TRUE(says(good.summary(), ", complete")) << good.summary();
  EXPECT_FALSE(says(good.summary(), "\n"));
}

void many_steps(int rounds) {
  weft::atomic<int> x{0};
  weft::wait_group all;
  for (int i = 0; i < 8; ++i) {
    all.go([&] {
      for (int k = 0; k < rounds; ++k) {
        int v = x.load();
        x.store(v + 1);
      }
    });
  }
  all.wait();
  check::expect(x.load() != 8 * rounds, "never");
}

TEST(Reports, ALongScheduleGoesToAFileThatSaysWhatTheStepsWere) {
  check::options o{.strategy = check::urw, .shrink = false, .name = scratch("long/test")};
  std::replace(o.name.begin(), o.name.end(), '/', '.');
  check::report r = check::explore([] { lost_update(2); }, o);
  ASSERT_FALSE(r.ok());
  EXPECT_TRUE(r.schedule_file.empty()) << "it fits a line";
  std::string path = scratch("schedule");
  ASSERT_TRUE(r.save(path));
  EXPECT_TRUE(says(read(path), "atomic load")) << read(path);
  check::report again = check::replay(path, [] { lost_update(2); });
  ASSERT_EQ(again.failures.size(), 1U) << again;
  EXPECT_EQ(again.failures[0].what, "failed: both count");
  check::report other = check::replay(path, [] { many_steps(4); });
  ASSERT_EQ(other.failures.size(), 1U) << other;
  EXPECT_TRUE(says(other.failures[0].what, "the program changed")) << other.failures[0].what;
  EXPECT_TRUE(says(other.failures[0].what, ": step ")) << other.failures[0].what;
  EXPECT_TRUE(says(other.failures[0].what, "', and is now '")) << other.failures[0].what;
}

// What racy reads found is part of a schedule.
TEST(Reports, TheLineThatOutcomesPrintsIsReadByOutcomes) {
  auto body = [] {
    weft::var<int> x = 0;
    weft::var<int> y = 0;
    int first = 0;
    int second = 0;
    weft::wait_group both;
    both.go([&] { x = 1, first = y; });
    both.go([&] { y = 1, second = x; });
    both.wait();
    check::expect(first != 0 || second != 0, "one sees the other");
    return 10 * first + second;
  };
  auto seen = check::outcomes<int>(body);
  ASSERT_FALSE(seen.how.failures.empty()) << seen.how;
  ASSERT_TRUE(says(seen.how.text(), "WEFT_REPLAY='w1:")) << seen.how;
  EXPECT_EQ(seen.size(), 3U);
  ASSERT_EQ(setenv("WEFT_REPLAY", seen.how.schedule.c_str(), 1), 0);
  auto again = check::outcomes<int>(body);
  EXPECT_EQ(again.how.strategy, "replay");
  EXPECT_EQ(again.how.executions, 1U);
  ASSERT_EQ(again.how.failures.size(), 1U) << again.how;
  EXPECT_EQ(again.how.failures[0].what, "failed: one sees the other") << again.how;
  ASSERT_EQ(setenv("WEFT_REPLAY", "w1:00000000:", 1), 0);
  auto one = check::outcomes<int>([] { return 7; });
  EXPECT_EQ(one[7], 1U);
  EXPECT_TRUE(one.how.ok()) << one.how;
  unsetenv("WEFT_REPLAY");
}

TEST(Reports, ANotifySaysWhomItWakes) {
  check::report r = check::explore(
      [] {
        weft::mutex m;
        weft::condition_variable changed;
        int waiting = 0;
        weft::wait_group all;
        for (int i = 0; i < 2; ++i) {
          all.go([&] {
            std::unique_lock hold(m);
            ++waiting;
            changed.wait(hold);
          });
        }
        for (bool both = false; !both; weft::yield()) {
          const std::scoped_lock hold(m);
          both = waiting == 2;
        }
        changed.notify_all();
        all.wait();
        check::expect(false);
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, ": wakes g1, g2") || says(text, ": wakes g2, g1")) << text;

  std::string path = scratch("notify.svg");
  ASSERT_TRUE(r.svg(path));
  // From the notify to both.
  const std::string svg = read(path);
  std::size_t level = 0;
  for (std::size_t at = svg.find("class=\"cause\""); at != std::string::npos;
       at = svg.find("class=\"cause\"", at + 1))
    ++level;
  EXPECT_GE(level, 2U) << svg;
}

TEST(Reports, ThePictureHasALaneForEachAndTheRaceInRed) {
  check::report r = check::explore([] {
    auto p = std::make_shared<int>(0);
    auto c = weft::make_chan<int>(1);
    weft::go({.name = "writer <1>"}, [=] {
      c.send(1);
      *p = 1;
    });
    static_cast<void>(c.recv());
    *p = 2;
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  std::string path = scratch("race.svg");
  ASSERT_TRUE(r.svg(path));
  std::string svg = read(path);
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg;
  EXPECT_TRUE(says(svg, "writer &lt;1&gt;"));
  EXPECT_TRUE(says(svg, "class=\"racing\""));
  EXPECT_TRUE(says(svg, ">data race<"));
  std::string page = scratch("race.html");
  ASSERT_TRUE(r.html(page));
  EXPECT_TRUE(says(read(page), "</html>"));
  EXPECT_FALSE(r.svg("/nowhere/at/all.svg"));
  EXPECT_FALSE(check::report().svg(path)) << "there is no failure to draw";
}

TEST(Spinning, AFlagIsWaitedForWithoutEndlessSchedules) {
  check::report r = check::explore(
      [] {
        weft::atomic<bool> ready{false};
        weft::go([&] { ready.store(true); });
        while (!ready.load()) weft::yield();
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
  EXPECT_LT(r.executions, 40U);
}

TEST(Spinning, ASpinlockOfCompareExchange) {
  for (check::strategy_kind how : {check::exhaustive, check::random, check::pct, check::pos}) {
    check::report r = check::explore(
        [] {
          weft::atomic<int> lock{0};
          weft::var<int> n = 0;
          weft::wait_group all;
          for (int i = 0; i < 2; ++i) {
            all.go([&] {
              int expected = 0;
              while (!lock.compare_exchange(expected, 1)) expected = 0;
              n += 1;
              lock.store(0);
            });
          }
          all.wait();
          check::expect(n == 2);
        },
        {.strategy = how, .max_executions = how == check::exhaustive ? 0U : 500U});
    EXPECT_TRUE(r.ok()) << r;
    EXPECT_EQ(r.complete, how == check::exhaustive);
  }
}

// A lock that is taken by writing what may be there already.
template <class Take, class Let>
check::report spinlock_of(check::strategy_kind how, Take take, Let let) {
  return check::explore(
      [&] {
        std::atomic_flag flag;
        weft::atomic<bool> word{false};
        int n = 0;
        weft::wait_group all;
        for (int i = 0; i < 2; ++i) {
          all.go([&] {
            while (take(flag, word)) {
            }
            ++n;
            let(flag, word);
          });
        }
        all.wait();
        check::expect(n == 2);
      },
      {.strategy = how, .max_executions = how == check::exhaustive ? 0U : 500U});
}

TEST(Spinning, SpinlocksThatWriteWhatIsThere) {
  for (check::strategy_kind how :
       {check::exhaustive, check::random, check::pct, check::pos, check::urw, check::delay}) {
    check::report standards = spinlock_of(
        how,
        [](std::atomic_flag& flag, auto&) { return flag.test_and_set(std::memory_order_acquire); },
        [](std::atomic_flag& flag, auto&) { flag.clear(std::memory_order_release); });
    EXPECT_TRUE(standards.ok()) << standards;
    EXPECT_EQ(standards.complete, how == check::exhaustive) << standards.summary();
    check::report wefts = spinlock_of(
        how, [](auto&, weft::atomic<bool>& word) { return word.exchange(true); },
        [](auto&, weft::atomic<bool>& word) { word = false; });
    EXPECT_TRUE(wefts.ok()) << wefts;
    EXPECT_EQ(wefts.complete, how == check::exhaustive) << wefts.summary();
  }
  check::report never = spinlock_of(
      check::exhaustive, [](auto&, weft::atomic<bool>& word) { return word.exchange(true); },
      [](auto&, auto&) {});
  ASSERT_EQ(never.failures.size(), 1U) << never;
  EXPECT_TRUE(says(never.failures[0].what, "livelock")) << never;
}

TEST(Spinning, WhoWaitsForEachOtherIsALivelockAndNotADeadlock) {
  check::report r = check::explore(
      [] {
        weft::atomic<int> turn{0};
        weft::wait_group both;
        both.go([&] {
          while (turn.load() != 1) weft::yield();
          turn.store(2);
        });
        both.go([&] {
          while (turn.load() != 2) weft::yield();
          turn.store(1);
        });
        both.wait();
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "livelock")) << r;
  EXPECT_TRUE(says(r.failures[0].text, "reports_test.cc:")) << r;
}

// A loop that counts its rounds is no circle: it ends by itself.
TEST(Spinning, ABoundedRetryEnds) {
  check::report r = check::explore(
      [] {
        weft::mutex m;
        m.lock();
        int tries = 0;
        while (tries < 40 && !m.try_lock()) ++tries;
        check::expect(tries == 40);
        m.unlock();
      },
      {.strategy = check::random, .max_executions = 20});
  EXPECT_TRUE(r.ok()) << r;
}

TEST(Spinning, TheStepBoundIsAVerdictOfItsOwn) {
  check::report r = check::explore(
      [] {
        weft::atomic<int> n{0};
        for (;;) n.fetch_add(1);
      },
      {.strategy = check::exhaustive, .max_executions = 5, .max_steps = 300});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "step bound: no end after 300 steps")) << r;
}

}  // namespace
