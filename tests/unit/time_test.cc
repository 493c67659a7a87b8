// SPDX-License-Identifier: Apache-2.0
// Sleeping, after and after_func. Time that passed is checked from below only; times that are
// computed are exact.
#include <weft/chan.h>
#include <weft/select.h>
#include <weft/time.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Time : public with_procs {};
WEFT_INSTANTIATE_PROCS(Time);

// T01
TEST_P(Time, SleepLastsAtLeastItsDuration) {
  run([] {
    crew other;
    other.go([] {
      const auto start = weft::clock::now();
      weft::sleep_for(10ms);
      EXPECT_GE(weft::clock::now() - start, 10ms);
    });
    const auto start = weft::clock::now();
    weft::sleep_for(20ms);
    EXPECT_GE(weft::clock::now() - start, 20ms);
    const auto until = weft::clock::now() + 5ms;
    weft::sleep_until(until);
    EXPECT_GE(weft::clock::now(), until);
  });
}

// T02
TEST_P(Time, SleepOfNothingOrLessReturnsAtOnce) {
  run([] {
    for (int i = 0; i < 1000; ++i) {
      weft::sleep_for(0s);
      weft::sleep_for(-1ns);
      weft::sleep_for(std::chrono::hours::min());
      weft::sleep_for(std::chrono::nanoseconds::min());
      weft::sleep_until(weft::time_point::min());
      weft::sleep_until(weft::time_point{});
    }
  });
}

TEST_P(Time, DurationsOfAnyUnitWork) {
  run([] {
    weft::sleep_for(std::chrono::duration<double>(0.001));
    weft::sleep_for(std::chrono::duration<float, std::milli>(0.5F));
    weft::sleep_for(std::chrono::microseconds(10));
    EXPECT_TRUE(weft::after(std::chrono::duration<double, std::milli>(0.5)).recv().has_value());
  });
}

// T03; sleep_for of the longest duration is in the misuse tests, for it never returns
TEST_P(Time, TheLongestDurationsNeverFire) {
  run([] {
    const auto forever = weft::after(std::chrono::nanoseconds::max());
    const auto hours = weft::after(std::chrono::hours::max());
    const auto doubled = weft::after(std::chrono::duration<double>(1e300));
    EXPECT_EQ(weft::select(weft::on_recv(forever), weft::on_recv(hours), weft::on_recv(doubled),
                           weft::on_recv(weft::after(5ms))),
              3U);
    EXPECT_FALSE(forever.try_recv().has_value());
    weft::timer t(std::chrono::nanoseconds::max());
    EXPECT_TRUE(t.reset(std::chrono::hours::max()));
    EXPECT_TRUE(t.stop());
  });
}

// T05
TEST_P(Time, AnAfterFuncMayArmItselfAgain) {
  run([] {
    const auto done = weft::make_chan<void>();
    std::atomic<int> runs = 0;
    weft::timer t;
    std::function<void()> again = [&] {
      if (++runs == 10) {
        done.send();
        return;
      }
      t.reset(0s);
    };
    t = weft::after_func(1h, [&] { again(); });
    t.reset(0s);
    EXPECT_TRUE(done.recv());
    weft::sleep_for(5ms);
    EXPECT_EQ(runs, 10);
  });
}

// T06
TEST_P(Time, AnAfterFuncFiresWhileTwoGoroutinesPlayPingPong) {
  run([] {
    const auto ping = weft::make_chan<bool>();
    const auto pong = weft::make_chan<bool>();
    std::atomic<bool> stop = false;
    crew players;
    players.go([=] {
      while (ping.recv().value()) pong.send(true);
    });
    const auto t = weft::after_func(1us, [&] { stop = true; });
    while (!stop) {
      ping.send(true);
      ASSERT_TRUE(pong.recv().value());
    }
    ping.send(false);
  });
}

// T07
TEST_P(Time, StoppedAfterFuncsDoNotRun) {
  run([] {
    std::atomic<int> ran = 0;
    std::vector<weft::timer> timers;
    for (int i = 0; i < 100; ++i) {
      timers.push_back(weft::after_func(1min + i * 1ms, [&] { ++ran; }));
    }
    for (auto& t : timers) EXPECT_TRUE(t.stop());
    for (auto& t : timers) EXPECT_FALSE(t.stop());
    weft::sleep_for(2ms);
    EXPECT_EQ(ran, 0);
  });
}

TEST_P(Time, AStoppedAfterFuncNearItsTimeRunsExactlyWhenStopSaysSo) {
  run([] {
    for (int i = 0; i < scaled(200); ++i) {
      std::atomic<int> ran = 0;
      auto t = weft::after_func(50us, [&] { ++ran; });
      if (i % 2 == 0) weft::sleep_for(50us);
      if (t.stop()) {
        weft::yield();
        ASSERT_EQ(ran, 0);
      } else {
        ASSERT_TRUE(eventually([&] { return ran == 1; }));
      }
    }
  });
}

TEST_P(Time, AfterFuncRunsInAGoroutineOfItsOwn) {
  run([] {
    const auto values = weft::make_chan<int>();
    const auto t = weft::after_func(0s, [=] { values.send(1); });  // blocks: only a goroutine can
    const auto u = weft::after_func(-1s, [=] { values.send(1); });
    weft::sleep_for(2ms);
    EXPECT_EQ(values.recv(), 1);
    EXPECT_EQ(values.recv(), 1);
    EXPECT_FALSE(static_cast<bool>(weft::timer(weft::after_func(1h, [] {})).c()));
  });
}

TEST_P(Time, DroppingTheHandleOfAnAfterFuncDoesNotStopIt) {
  run([] {
    const auto values = weft::make_chan<int>();
    {
      const auto t = weft::after_func(2ms, [=] { values.send(1); });
    }
    weft::after_func(1ms, [=] { values.send(2); });
    int sum = values.recv().value();
    sum += values.recv().value();
    EXPECT_EQ(sum, 3);
  });
}

// T08
TEST_P(Time, AftersFireInTheOrderOfTheirTimes) {
  run([] {
    const int slots[] = {4, 1, 3, 0, 2};
    const auto gap = 10ms;
    struct entry {
      int slot;
      weft::time_point due;
      weft::time_point seen;
    };
    const auto order = weft::make_chan<entry>(5);
    const auto first = weft::clock::now();
    weft::time_point last;
    {
      std::vector<std::pair<int, weft::receiver<weft::time_point>>> timers;
      for (const int slot : slots) timers.emplace_back(slot, weft::after(gap * (slot + 1)));
      last = weft::clock::now();
      crew sleepers;
      for (const auto& [slot, c] : timers) {
        sleepers.go([=] {
          const auto due = c.recv().value();
          order.send({slot, due, weft::clock::now()});
        });
      }
    }
    order.close();
    int received = 0;
    for (const entry& e : order) {
      ++received;
      EXPECT_GE(e.due, first + gap * (e.slot + 1));
      EXPECT_LE(e.due, last + gap * (e.slot + 1));
      EXPECT_GE(e.seen, e.due);
    }
    EXPECT_EQ(received, 5);
  });
}

// T23
TEST_P(Time, TheValueOfAfterIsWhenItWasDueNotWhenItWasRead) {
  run([] {
    const auto start = weft::clock::now();
    const auto c = weft::after(10ms);
    const auto made = weft::clock::now();
    weft::sleep_for(100ms);
    const auto value = c.recv().value();
    EXPECT_GE(value, start + 10ms);
    EXPECT_LE(value, made + 10ms);
  });
}

TEST_P(Time, AfterIsAReceivingChannelLikeAnyOther) {
  run([] {
    const auto c = weft::after(3ms);
    EXPECT_EQ(c.size(), 0U);
    EXPECT_EQ(c.capacity(), 0U);
    EXPECT_FALSE(c.try_recv().has_value());
    const auto copy = c;
    EXPECT_TRUE(copy == c);
    EXPECT_TRUE(copy.recv().has_value());
    EXPECT_FALSE(c.try_recv().has_value());
    EXPECT_EQ(weft::select(weft::on_recv(c), weft::otherwise([] {})), 1U);
    const auto past = weft::after(-1s);
    EXPECT_EQ(weft::select(weft::on_recv(past), weft::otherwise([] {})), 0U);
    const auto now = weft::after(0s);
    EXPECT_TRUE(now.try_recv().has_value());
    EXPECT_FALSE(now.try_recv().has_value());
  });
}

// T31
TEST_P(Time, ThousandsOfSleepersAreNoTrouble) {
  run([] {
    const int n = scaled(5000);
    crew sleepers;
    for (int i = 0; i < n; ++i) {
      sleepers.go([i] { weft::sleep_for(std::chrono::microseconds(1000 + (i * 7919) % 10000)); });
    }
  });
}

// T31: setting each of n timers anew, n times as many of them cost about n times as much
TEST_P(Time, SettingTimersAnewIsNotQuadratic) {
  run([] {
    const auto cost = [](int n) {
      std::vector<weft::timer> timers;
      for (int i = 0; i < n; ++i) timers.push_back(weft::after_func(1h + i * 1us, [] {}));
      const auto start = cpu_time();
      for (int i = 0; i < n; ++i) {
        timers[static_cast<std::size_t>(i)].reset(1h + ((i * 7919) % n) * 1us);
      }
      for (auto& t : timers) t.stop();
      return cpu_time() - start;
    };
    const int n = scaled(500);
    cost(32 * n);  // grows what has to grow
    // 32 times the work, and some more for the logarithm; 1024 times if it were quadratic.
    EXPECT_LT(cost(32 * n), 320 * std::max(cost(n), std::chrono::nanoseconds(10us)));
  });
}

// T33
TEST_P(Time, TimersFireWhileEveryProcessorIsBusy) {
  run([] {
    std::atomic<bool> over = false;
    std::atomic<bool> fired = false;
    crew busy;
    for (unsigned i = 0; i < GetParam(); ++i) {
      busy.go([&] {
        while (!over) {
        }
      });
    }
    const auto t = weft::after_func(1ms, [&] { fired = true; });
    EXPECT_TRUE(eventually([&] { return fired.load(); }));
    over = true;
  });
}

// C50 for time
TEST_P(Time, PlainThreadsSleepAndWaitForTimers) {
  run([] {
    const auto values = weft::make_chan<int>(1);
    std::thread t([=] {
      const auto start = weft::clock::now();
      weft::sleep_for(3ms);
      EXPECT_GE(weft::clock::now() - start, 3ms);
      EXPECT_TRUE(weft::after(3ms).recv().has_value());
      EXPECT_GE(weft::clock::now() - start, 6ms);
      EXPECT_EQ(weft::select(weft::on_recv(weft::chan<int>{}), weft::on_recv(weft::after(1ms))),
                1U);
      weft::after_func(1ms, [=] { values.send(1); });
      EXPECT_EQ(values.recv(), 1);
      weft::timer timer(1h);
      EXPECT_TRUE(timer.reset(1ms));
      EXPECT_TRUE(timer.c().recv().has_value());
      EXPECT_FALSE(timer.stop());
    });
    weft::blocking([&] { t.join(); });
  });
}

// R36: an earlier timer added by a plain thread while all workers sleep is not late
TEST_P(Time, AnEarlierTimerFromElsewhereWakesTheSleepingWorkers) {
  run([] {
    crew far;
    const auto stop = weft::make_chan<void>();
    far.go([=] { weft::select(weft::on_recv(weft::after(1h)), weft::on_recv(stop)); });
    for (int i = 0; i < 20; ++i) {
      weft::chan<int> c = weft::make_chan<int>();
      std::thread adder([=] { weft::after_func(1ms, [=] { c.send(1); }); });
      EXPECT_EQ(c.recv(), 1);  // in an hour, if the new timer went unseen
      adder.join();
    }
    stop.close();
  });
}

}  // namespace
}  // namespace weft_test
