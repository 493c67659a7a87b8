// SPDX-License-Identifier: Apache-2.0
// verdicts_test.cc: what the checker finds, and how it says so.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/condition_variable.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/panic.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>

namespace {

namespace check = weft::check;
using namespace std::chrono_literals;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

void lock_both(weft::mutex& first, weft::mutex& second) {
  first.lock();
  second.lock();
  second.unlock();
  first.unlock();
}

void opposite_orders() {
  weft::mutex a;
  weft::mutex b;
  weft::wait_group both;
  both.add(2);
  weft::go({.name = "left"}, [&] { lock_both(a, b), both.done(); });
  weft::go({.name = "right"}, [&] { lock_both(b, a), both.done(); });
  both.wait();
}

TEST(Verdicts, ADeadlockNamesWhoWaitsWhereAndForWhom) {
  for (check::strategy_kind how : {check::exhaustive, check::random, check::portfolio, check::pos,
                                   check::pct, check::urw, check::delay}) {
    check::report r = check::explore(opposite_orders, {.strategy = how});
    ASSERT_EQ(r.deadlocks.size(), 1U) << r;
    EXPECT_FALSE(r.ok());
    const std::string& text = r.deadlocks[0].text;
    EXPECT_TRUE(says(text, "main [sync.WaitGroup.Wait]")) << text;
    EXPECT_TRUE(says(text, "g1 (left) [sync.Mutex.Lock]")) << text;
    EXPECT_TRUE(says(text, "held by g2 (right)")) << text;
    EXPECT_TRUE(says(text, "verdicts_test.cc:")) << text;
    EXPECT_TRUE(says(text, "started by main")) << text;
  }
}

TEST(Verdicts, ATestThatDoesNotDoTheSameEachTimeIsToldSo) {
  int run = 0;
  check::report r = check::explore(
      [&run] {
        auto c = weft::make_chan<int>(3);
        c.send(1);
        weft::wait_group both;
        bool first = ++run == 1;
        both.go([&] {
          if (first) {
            c.send(2);
          } else {
            static_cast<void>(c.try_recv());
          }
        });
        both.go([&] { c.send(3); });
        both.wait();
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& what = r.failures[0].what;
  EXPECT_TRUE(says(what, "the test does not do the same each time: after the same ")) << what;
  EXPECT_TRUE(says(what, "g1 to send #1, and is now for g1 to recv #1 at verdicts_test.cc:"))
      << what;
  EXPECT_TRUE(r.schedule.empty()) << r;
}

TEST(Verdicts, AScheduleIsReplayed) {
  check::report r = check::explore(opposite_orders, {.strategy = check::random});
  ASSERT_FALSE(r.schedule.empty());
  check::report again = check::replay(r.schedule, opposite_orders);
  EXPECT_EQ(again.executions, 1U);
  ASSERT_EQ(again.deadlocks.size(), 1U) << again;
  EXPECT_EQ(again.deadlocks[0].text, r.deadlocks[0].text);
  // Of another program it is refused.
  check::report other = check::replay(r.schedule, [] {
    auto c = weft::make_chan<int>(1);
    c.send(1);
  });
  ASSERT_EQ(other.failures.size(), 1U);
  EXPECT_TRUE(says(other.failures[0].what, "the program changed")) << other;
  EXPECT_TRUE(says(check::replay("nonsense", opposite_orders).text(), "no schedule")) << other;
}

TEST(Verdicts, ALeakIsFoundAfterMainHasReturned) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<int>();
    weft::go([=] { c.send(1); });
    weft::go([=] { c.send(2); });
    static_cast<void>(c.recv());
  });
  ASSERT_EQ(r.leaks.size(), 1U) << r;
  EXPECT_TRUE(r.deadlocks.empty());
  EXPECT_TRUE(says(r.leaks[0].text, "[chan send]")) << r;
}

TEST(Verdicts, AnExpectationThatHoldsInSomeSchedulesOnly) {
  auto body = [] {
    weft::atomic<int> x{0};
    weft::wait_group both;
    both.add(2);
    for (int i = 0; i < 2; ++i) {
      weft::go([&] {
        int v = x.load();
        x.store(v + 1);
        both.done();
      });
    }
    both.wait();
    check::expect(x.load() == 2, "both increments count");
  };
  check::report r = check::explore(body);
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "failed: both increments count");
  EXPECT_TRUE(says(r.text(), "WEFT_REPLAY='w1:")) << r;
}

TEST(Verdicts, APanicAndAnExceptionAreFailures) {
  check::report r = check::explore(
      [] {
        auto c = weft::make_chan<int>(1);
        weft::go([=] { c.close(); });
        c.send(1);
        static_cast<void>(c.recv());
      },
      {.on_race = check::ignore});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "panic: send on closed channel");
  r = check::explore([] { throw std::runtime_error("no luck"); });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "panic: no luck");
  r = check::explore([] { weft::mutex().unlock(); });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "fatal error: sync: unlock of unlocked mutex");
}

TEST(Verdicts, AnUnorderedCloseAndSendRace) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<int>(1);
    weft::go([=] { c.close(); });
    c.send(1);
  });
  EXPECT_FALSE(r.ok());
}

TEST(Verdicts, AnEndlessLoopIsALivelock) {
  check::report r = check::explore(
      [] {
        weft::atomic<bool> never{false};
        while (!never.load()) weft::yield();
      },
      {.max_executions = 10, .max_steps = 500});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "livelock")) << r;
}

TEST(Verdicts, TimePassesOnlyWhenNothingElseCanHappen) {
  check::report r = check::explore([] {
    auto start = weft::clock::now();
    static_cast<void>(start);
    auto c = weft::make_chan<int>(1);
    weft::go([=] {
      weft::sleep_for(10min);
      c.send(1);
    });
    std::size_t won = weft::select(weft::on_recv(c), weft::on_recv(weft::after(1h)));
    check::expect(won == 0);
  });
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r;
}

TEST(Verdicts, ABubblesClockMovesByItself) {
  weft::atomic<int> seen{0};
  check::bubble([&] {
    auto start = weft::clock::now();
    weft::go([&] {
      weft::sleep_for(1h);
      ++seen;
    });
    check::settle();
    EXPECT_EQ(seen, 0);
    weft::sleep_for(2h);
    check::settle();
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(weft::clock::now() - start, 2h);
  });
  EXPECT_EQ(seen, 1);
  auto text_of = [](auto body) {
    try {
      check::bubble(body);
    } catch (const weft::panic& p) {
      return std::string(p.what());
    }
    return std::string();
  };
  EXPECT_EQ(text_of([] { static_cast<void>(weft::chan<int>().recv()); }),
            "deadlock: all goroutines in bubble are blocked");
  EXPECT_EQ(text_of([] { weft::go([] { static_cast<void>(weft::chan<int>().recv()); }); }),
            "deadlock: main bubble goroutine has exited but blocked goroutines remain");
  EXPECT_EQ(text_of([] { check::bubble([] {}); }),
            "panic: synctest.Run called from within a synctest bubble");
  EXPECT_THROW(check::settle(), weft::panic);
}

TEST(Verdicts, AGoroutineMayMakeABubble) {
  std::string text;
  int slept = 0;
  int after = 0;
  weft::run([&] {
    auto c = weft::make_chan<int>(1);
    weft::go([&, c] { after = c.recv().value_or(0); });
    try {
      check::bubble([&] {
        weft::go([&] {
          weft::sleep_for(1h);
          ++slept;
        });
        weft::sleep_for(2h);
        check::settle();
        static_cast<void>(weft::chan<int>().recv());
      });
    } catch (const weft::panic& p) {
      text = p.what();
    }
    EXPECT_THROW(check::settle(), weft::panic);
    c.send(7);
    weft::sleep_for(1ms);
  });
  EXPECT_EQ(text, "deadlock: all goroutines in bubble are blocked");
  EXPECT_EQ(slept, 1);
  EXPECT_EQ(after, 7);
}

TEST(Verdicts, ABubblesBodyIsRunOnce) {
  int begun = 0;
  int ticks = 0;
  check::bubble([&] {
    ++begun;
    weft::wait_group all;
    for (int i = 0; i < 200; ++i) all.go([] { weft::sleep_for(1s); });
    all.wait();
    auto every_second = weft::ticker(1s);
    for (; ticks < 24 * 3600; ++ticks) static_cast<void>(every_second.c().recv());
  });
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(ticks, 24 * 3600);
}

WEFT_CHECK_TEST(Verdicts, ATestThatIsExplored) {
  weft::atomic<int> n{0};
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) both.go([&] { ++n; });
  both.wait();
  check::expect(n == 2);
}

TEST(Verdicts, EverythingRight) {
  check::report r = check::explore(
      [] {
        weft::mutex m;
        int n = 0;
        weft::wait_group both;
        both.add(2);
        for (int i = 0; i < 2; ++i) {
          weft::go([&] {
            m.lock();
            ++n;
            m.unlock();
            both.done();
          });
        }
        both.wait();
        check::expect(n == 2);
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.executions, 2U);
}

TEST(Verdicts, MoreGoroutinesThanTheClocksHadRoomFor) {
  check::report r = check::explore([] {
    weft::wait_group all;
    all.add(40);
    for (int i = 0; i < 40; ++i) weft::go([&] { all.done(); });
    all.wait();
  });
  EXPECT_TRUE(r.ok()) << r;
}

// What was on the stack of a goroutine that has ended is gone, though others still know it.
TEST(Verdicts, AnObjectIsUsedAfterTheEndOfItsStack) {
  const auto unlock_late = [] {
    weft::mutex m;
    m.lock();
    weft::go([&] {
      m.lock();
      m.unlock();
    });
    weft::yield();
    m.unlock();
  };
  const auto notify_late = [] {
    weft::mutex m;
    weft::condition_variable changed;
    weft::atomic<bool> ready{false};
    weft::go([&] {
      ready = true;
      changed.notify_one();
    });
    if (ready) return;
    const std::scoped_lock hold(m);
  };
  for (check::strategy_kind how : {check::portfolio, check::exhaustive, check::random}) {
    for (void (*body)() : {+unlock_late, +notify_late}) {
      check::report r = check::explore(body, {.strategy = how});
      ASSERT_EQ(r.failures.size(), 1U) << r;
      EXPECT_TRUE(r.failures[0].what.find(" after the end of main, on whose stack it was") !=
                  std::string::npos)
          << r;
      // Other schedules are no less wrong, and end all the same.
      r = check::explore(body, {.strategy = how, .max_executions = 500, .stop_at_failure = false});
      EXPECT_FALSE(r.ok());
    }
  }
}

}  // namespace
