// SPDX-License-Identifier: Apache-2.0
// timer and ticker: what stop and reset answer, and that no stale value is ever received.
#include <weft/chan.h>
#include <weft/select.h>
#include <weft/time.h>

#include <memory>
#include <random>
#include <type_traits>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

class Timer : public with_procs {};
WEFT_INSTANTIATE_PROCS(Timer);

// T09 T13
TEST_P(Timer, StopTellsWhetherItWasStillToFire) {
  run([] {
    weft::timer fresh(1h);
    EXPECT_TRUE(fresh.stop());
    EXPECT_FALSE(fresh.stop());
    EXPECT_FALSE(fresh.c().try_recv().has_value());
    weft::timer fired(1ms);
    EXPECT_TRUE(fired.c().recv().has_value());
    EXPECT_FALSE(fired.stop());
    EXPECT_FALSE(fired.reset(1h));
    EXPECT_TRUE(fired.stop());
  });
}

// T11
TEST_P(Timer, StopTakesBackAValueNobodyReceived) {
  run([] {
    for (int i = 0; i < 20; ++i) {
      weft::timer t(500us);
      weft::sleep_for(1ms);
      EXPECT_TRUE(t.stop());
      EXPECT_EQ(weft::select(weft::on_recv(t.c()), weft::otherwise([] {})), 1U);
      EXPECT_FALSE(t.stop());
    }
  });
}

// T12
TEST_P(Timer, ResetTakesBackAValueNobodyReceived) {
  run([] {
    for (int i = 0; i < 10; ++i) {
      weft::timer t(500us);
      weft::sleep_for(1ms);
      const auto start = weft::clock::now();
      EXPECT_TRUE(t.reset(5ms));
      const auto at = t.c().recv();
      EXPECT_GE(at.value(), start + 5ms);
      EXPECT_GE(weft::clock::now(), start + 5ms);
      EXPECT_FALSE(t.c().try_recv().has_value());
    }
  });
}

TEST_P(Timer, ItsChannelLooksUnbuffered) {
  run([] {
    const weft::timer t(0s);
    EXPECT_EQ(t.c().capacity(), 0U);
    weft::sleep_for(1ms);
    EXPECT_EQ(t.c().size(), 0U);
    EXPECT_TRUE(t.c().try_recv().has_value());
    EXPECT_FALSE(t.c().try_recv().has_value());
  });
}

// T14
TEST_P(Timer, OfTwoRacingTimersTheLoserStopsOrHasItsValue) {
  run([] {
    crew all;
    for (int g = 0; g < scaled(200); ++g) {
      all.go([] {
        for (int i = 0; i < 20; ++i) {
          weft::timer a(1ms);
          weft::timer b(1ms);
          const auto first = weft::select(weft::on_recv(a.c()), weft::on_recv(b.c()));
          weft::timer& loser = first == 0 ? b : a;
          if (!loser.stop()) {
            ASSERT_TRUE(loser.c().recv().has_value());
          }
        }
      });
    }
  });
}

// T15
TEST_P(Timer, StopAndResetStayConsistentWhileItFires) {
  run([] {
    for (int i = 0; i < scaled(1000); ++i) {
      weft::timer t(std::chrono::microseconds(20 + i % 40));
      std::atomic<int> received = 0;
      const auto quit = weft::make_chan<void>();
      crew receiver;
      receiver.go([&, c = t.c()] {
        weft::select(weft::on_recv(c, [&](auto) { ++received; }), weft::on_recv(quit));
      });
      if (i % 3 != 0) weft::sleep_for(30us);
      if (t.stop()) {
        ASSERT_EQ(received, 0);
        ASSERT_FALSE(t.reset(1h)) << "stopped, and then active";
        ASSERT_TRUE(t.stop());
        quit.close();
        receiver.join();
        ASSERT_EQ(received, 0);
      } else {
        receiver.join();
        ASSERT_EQ(received, 1);
      }
    }
  });
}

// T17
TEST_P(Timer, ResetToANearerTimeServesABlockedReceiver) {
  run([] {
    weft::timer t(1h);
    EXPECT_TRUE(t.reset(30min));
    crew receiver;
    receiver.go([c = t.c()] { EXPECT_TRUE(c.recv().has_value()); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    EXPECT_TRUE(t.reset(2ms));
    receiver.join();
    EXPECT_FALSE(t.stop());
  });
}

// T18
TEST_P(Timer, ResetToThePastFiresPromptly) {
  run([] {
    weft::timer t(1h);
    for (int i = 0; i < 10; ++i) t.reset(-1s);
    EXPECT_TRUE(t.c().recv().has_value());  // in an hour, if the first setting still held
    EXPECT_FALSE(t.c().try_recv().has_value());
  });
}

// T19
TEST_P(Timer, ARandomScriptIsAnsweredRightAtEachStep) {
  run([] {
    std::mt19937_64 random(seed());
    constexpr std::size_t n = 100;
    struct state {
      weft::timer t{1h};
      bool active = true;
    };
    std::vector<state> timers(n);
    for (int step = 0; step < scaled(4000); ++step) {
      state& s = timers[random() % n];
      switch (random() % 4) {
        case 0:
          ASSERT_EQ(s.t.stop(), s.active);
          s.active = false;
          break;
        case 1:
          ASSERT_EQ(s.t.reset(1h), s.active);
          s.active = true;
          break;
        case 2:
          ASSERT_EQ(s.t.reset(0s), s.active);
          ASSERT_TRUE(s.t.c().recv().has_value());
          s.active = false;
          break;
        default:
          ASSERT_FALSE(s.t.c().try_recv().has_value());
      }
    }
  });
}

// T20
TEST_P(Timer, OneValueWakesOneOfTwoReceivers) {
  run([] {
    weft::timer t(1h);
    std::atomic<int> woken = 0;
    crew receivers;
    for (int i = 0; i < 2; ++i) {
      receivers.go([&, c = t.c()] {
        EXPECT_TRUE(c.recv().has_value());
        ++woken;
      });
    }
    EXPECT_TRUE(await_waiting(2, "chan receive"));
    EXPECT_TRUE(t.reset(1ms));
    EXPECT_TRUE(eventually([&] { return woken == 1; }));
    weft::sleep_for(3ms);
    EXPECT_EQ(woken, 1);
    EXPECT_FALSE(t.reset(1ms));
    receivers.join();
    EXPECT_EQ(woken, 2);
  });
}

// T21
TEST_P(Timer, AStoppedTimerNeverServesItsReceivers) {
  run([] {
    weft::timer t(2ms);
    const auto release = weft::make_chan<void>();
    crew receiver;
    std::atomic<int> chosen = -1;
    receiver.go([&, c = t.c()] {
      chosen = static_cast<int>(weft::select(weft::on_recv(c), weft::on_recv(release)));
    });
    if (t.stop()) {
      weft::sleep_for(5ms);
      EXPECT_EQ(chosen, -1);
    }
    release.close();
  });
}

// T30
TEST_P(Timer, ForgottenTimersGiveTheirMemoryBack) {
  run([] {
    const auto round = [] {
      for (int i = 0; i < 1000; ++i) {
        static_cast<void>(weft::after(1h));
        const weft::timer t(1h);
        const weft::ticker ticks(1h);
      }
    };
    round();
    const auto before = resident_bytes();
    for (int i = 0; i < scaled(50); ++i) round();
    if (!k_sanitized) {
      EXPECT_LT(resident_bytes(), before + (std::size_t{4} << 20));
    }
  });
}

TEST_P(Timer, MovesWithItsState) {
  run([] {
    weft::timer a(1h);
    weft::timer b = std::move(a);
    EXPECT_TRUE(b.reset(1ms));
    const auto c = b.c();
    a = std::move(b);
    EXPECT_TRUE(c.recv().has_value());
    EXPECT_FALSE(a.stop());
  });
}

TEST_P(Timer, TheChannelOutlivesTheHandle) {
  run([] {
    weft::receiver<weft::time_point> c;
    {
      const weft::timer t(2ms);
      c = t.c();
    }
    EXPECT_EQ(weft::select(weft::on_recv(c), weft::on_recv(weft::after(1h))), 0U);
  });
}

// A timer whose processor is given up is armed all the while: reset() and stop() find it.
TEST_P(Timer, ResetFindsATimerThatMovesToAnotherProcessor) {
  run([] {
    const auto token = std::make_shared<int>(0);
    std::atomic<bool> over = false;
    const unsigned procs = weft::procs();
    std::thread toggle([&] {
      while (!over) {
        weft::set_procs(1);
        weft::set_procs(8);
      }
    });
    {
      crew all;
      for (int i = 0; i < 8; ++i) {
        all.go([&, i] {
          std::mt19937_64 random(seed() + static_cast<unsigned>(i));
          std::vector<weft::timer> timers;
          for (int k = 0; k < 64; ++k) timers.push_back(weft::after_func(1h, [token] {}));
          for (int k = 0; k < scaled(20000); ++k) {
            EXPECT_TRUE(timers[random() % 64].reset(1h));
            if (k % 16 == 0) weft::yield();
          }
          for (auto& t : timers) EXPECT_TRUE(t.stop());
        });
      }
    }
    over = true;
    weft::blocking([&] { toggle.join(); });
    weft::set_procs(procs);
    EXPECT_EQ(token.use_count(), 1) << "timers left in a heap";
  });
}

TEST_P(Timer, AnUninitialisedTimerPanics) {  // T35
  run([] {
    weft::timer zero;
    EXPECT_EQ(panic_text([&] { zero.stop(); }), "time: Stop called on uninitialized Timer");
    EXPECT_EQ(panic_text([&] { zero.reset(1s); }), "time: Reset called on uninitialized Timer");
    EXPECT_FALSE(static_cast<bool>(zero.c()));
    EXPECT_TRUE(weft::after(1ms).recv().has_value()) << "other timers still work";
  });
}

class Ticker : public with_procs {};
WEFT_INSTANTIATE_PROCS(Ticker);

// T24
TEST_P(Ticker, TicksAtItsPeriodAndAfterResetAtTheNewOne) {
  run([] {
    // A machine that is late loses ticks, but those that come are due on the grid.
    const auto five = [](const weft::ticker& t, weft::time_point first, weft::time_point last,
                         std::chrono::milliseconds period) {
      weft::time_point before;
      for (int i = 0; i < 5; ++i) {
        const auto due = t.c().recv().value();
        if (i == 0) {
          EXPECT_GE(due, first + period);
          EXPECT_LE(due, last + period);
        } else {
          EXPECT_GE(due, before + period);
          EXPECT_EQ((due - before) % period, 0ns);
        }
        before = due;
      }
      EXPECT_GE(weft::clock::now(), first + 5 * period);
    };
    auto before = weft::clock::now();
    weft::ticker t(5ms);
    five(t, before, weft::clock::now(), 5ms);
    before = weft::clock::now();
    t.reset(10ms);
    five(t, before, weft::clock::now(), 10ms);
  });
}

// T25
TEST_P(Ticker, ASlowReceiverMissesTicksButStaysOnTheGrid) {
  run([] {
    constexpr auto period = 10ms;
    weft::ticker t(period);
    const auto first = t.c().recv().value();
    weft::sleep_for(20 * period + period / 2);
    const auto late = t.c().recv().value();
    EXPECT_GT(late, first);
    // The oldest one missed was kept; those after it were not: the next is due after now.
    EXPECT_LE(late, first + period + period);
    const auto next = t.c().recv().value();
    for (const auto tick : {late, next}) {
      EXPECT_EQ((tick - first) % period, 0ns) << "off the grid";
    }
  });
}

// T26
TEST_P(Ticker, StopEndsTheTicksAndLeavesTheChannelOpen) {
  run([] {
    weft::ticker t(1ms);
    EXPECT_TRUE(t.c().recv().has_value());
    t.stop();
    bool closed = false;
    EXPECT_EQ(weft::select(weft::on_recv(t.c(), [&](auto v) { closed = !v.has_value(); }),
                           weft::on_recv(weft::after(5ms))),
              1U);
    EXPECT_FALSE(closed);
    t.stop();
    t.reset(1ms);
    EXPECT_TRUE(t.c().recv().has_value());
  });
}

// T27
TEST_P(Ticker, AnIntervalThatIsNotPositivePanics) {
  run([] {
    EXPECT_EQ(panic_text([] { const weft::ticker t(0s); }), "non-positive interval for NewTicker");
    EXPECT_EQ(panic_text([] { const weft::ticker t(-1s); }), "non-positive interval for NewTicker");
    weft::ticker t(1h);
    EXPECT_EQ(panic_text([&] { t.reset(0s); }), "non-positive interval for Ticker.Reset");
    EXPECT_EQ(panic_text([&] { t.reset(-1ns); }), "non-positive interval for Ticker.Reset");
    weft::ticker zero;
    EXPECT_EQ(panic_text([&] { zero.reset(1s); }), "time: Reset called on uninitialized Ticker");
    zero.stop();
    EXPECT_FALSE(static_cast<bool>(zero.c()));
  });
}

// T29
TEST_P(Ticker, ResetDropsATickThatWasDue) {
  run([] {
    weft::ticker t(1ms);
    weft::sleep_for(3ms);
    const auto start = weft::clock::now();
    t.reset(20ms);
    const auto tick = t.c().recv().value();
    EXPECT_GE(tick, start + 20ms);
    EXPECT_GE(weft::clock::now(), start + 20ms);
  });
}

// T32
TEST_P(Ticker, ManyGoroutinesShareAFastOne) {
  run([] {
    weft::ticker t(1us);
    std::atomic<int> ticks = 0;
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([&, c = t.c()] {
        for (int i = 0; i < scaled(100); ++i) {
          weft::select(weft::on_recv(c, [&](auto) { ++ticks; }), weft::on_recv(weft::after(1ms)));
        }
      });
    }
    all.join();
    EXPECT_GT(ticks, 0);
  });
}

// T36
TEST_P(Ticker, AnEnormousPeriodIsClamped) {
  run([] {
    weft::ticker t(std::chrono::hours::max());
    const weft::ticker u(std::chrono::nanoseconds::max());
    EXPECT_EQ(
        weft::select(weft::on_recv(t.c()), weft::on_recv(u.c()), weft::on_recv(weft::after(2ms))),
        2U);
    t.reset(std::chrono::nanoseconds::max());
    EXPECT_FALSE(t.c().try_recv().has_value());
  });
}

static_assert(std::is_nothrow_move_constructible_v<weft::timer>);
static_assert(std::is_nothrow_move_constructible_v<weft::ticker>);

}  // namespace
}  // namespace weft_test
