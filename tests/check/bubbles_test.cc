// SPDX-License-Identifier: Apache-2.0
// bubbles_test.cc: bubbles by the rules of Go's testing/synctest, and timers that are due.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/panic.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace check = weft::check;
using namespace std::chrono_literals;

constexpr const char* k_left =
    "deadlock: main bubble goroutine has exited but blocked goroutines remain";

template <class F>
std::string text_of(F&& body) {
  try {
    check::bubble(body);
  } catch (const weft::panic& p) {
    return p.what();
  }
  return "";
}

TEST(Bubbles, TimeStandsStillOnceTheBodyHasReturned) {
  int ran = 0;
  EXPECT_EQ(text_of([&] { weft::after_func(1s, [&] { ++ran; }); }), "");
  EXPECT_EQ(text_of([&] {
              weft::go([&] {
                weft::sleep_for(1s);
                ++ran;
              });
            }),
            k_left);
  EXPECT_EQ(text_of([&] {
              weft::go([&] {
                weft::ticker every(1s);
                every.c().recv();
                ++ran;
              });
            }),
            k_left);
  EXPECT_EQ(ran, 0);
}

// ... also where the goroutine that the timer starts blocks.
TEST(Bubbles, WhatIsDueIsDoneBeforeSettleReturns) {
  int n = 0;
  EXPECT_EQ(text_of([&] {
              weft::after_func(0s, [&] { ++n; });
              check::settle();
              EXPECT_EQ(n++, 1);
              auto c = weft::make_chan<int>();
              weft::after_func(0s, [&, c] {
                ++n;
                c.recv();
              });
              check::settle();
              EXPECT_EQ(n++, 3);
              c.close();
            }),
            "");
  EXPECT_EQ(n, 4);
}

TEST(Bubbles, WhatIsDueAtOnceDoesNotWaitUntilAllIsStill) {
  EXPECT_EQ(text_of([] {
              auto c = weft::make_chan<int>(1);
              weft::after_func(0s, [=] { c.send(1); });
              for (int i = 0; i < 8; ++i) weft::yield();  // the first few may come to nothing
              EXPECT_TRUE(c.try_recv().has_value());
            }),
            "");
}

TEST(Bubbles, TwoMayNotSettleAtOnce) {
  EXPECT_EQ(text_of([] {
              weft::go([] { check::settle(); });
              check::settle();
            }),
            "panic: wait already in progress");
  EXPECT_EQ(text_of([] {
              weft::go([] {
                weft::sleep_for(1s);
                check::settle();
              });
              check::settle();
              weft::sleep_for(2s);
            }),
            "");
}

// Each bubble has clocks of its own, and what is kept in an object of another one is none of them.
TEST(Bubbles, ObjectsMayOutliveTheirBubble) {
  weft::chan<int> c;
  weft::mutex lock;
  int guarded = 0;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(text_of([&] {
                if (!c) c = weft::make_chan<int>(1);
                weft::go([&] {
                  lock.lock();
                  ++guarded;
                  lock.unlock();
                  c.send(i);
                });
                EXPECT_EQ(c.recv(), i);
                lock.lock();
                ++guarded;
                lock.unlock();
              }),
              "");
  }
  EXPECT_EQ(guarded, 6);
}

TEST(Bubbles, ObjectsGoInAndOutOfABubbleOfAGoroutine) {
  weft::run([] {
    auto in = weft::make_chan<int>(1);
    weft::chan<int> out;
    weft::timer call;
    weft::atomic<int> called = 0;
    in.send(3);
    EXPECT_EQ(text_of([&] {
                out = weft::make_chan<int>(1);
                out.send(in.recv().value_or(0) + 1);
                call = weft::after_func(1s, [&] { ++called; });
              }),
              "");
    EXPECT_EQ(out.recv(), 4);
    EXPECT_TRUE(call.stop());
    EXPECT_FALSE(call.reset(1s));
    weft::sleep_for(2s);
    EXPECT_EQ(called, 1);
  });
}

// They go on when the bubble has ended, by their own clock.
TEST(Bubbles, WhoWaitsOutsideCanBeWokenFromWithin) {
  weft::run([] {
    weft::mutex lock;
    weft::condition_variable changed;
    weft::wait_group count;
    auto c = weft::make_chan<int>();
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::atomic<int> woken = 0;
    auto note = [&woken, start = weft::clock::now()](bool fine) {
      const bool outside = weft::clock::now() == start + 1s;
      if (fine && outside) ++woken;
    };
    count.add(1);
    weft::go([&] {
      lock.lock();
      changed.wait(lock);
      note(true);
      lock.unlock();
    });
    weft::go([&, group = ctx] { note(!count.wait(group)); });
    weft::go([&, first = ctx] { note(c.recv(first) == 1); });
    weft::sleep_for(1s);
    EXPECT_EQ(text_of([&] {
                c.send(1);
                count.done();
                changed.notify_one();
                check::settle();
              }),
              "");
    weft::sleep_for(1s);
    EXPECT_EQ(woken, 3);
  });
}

TEST(Bubbles, WhatIsBlockedIsTold) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(text_of([] {
              auto c = weft::make_chan<int>();
              weft::go({.name = "worker"}, [=] { c.send(1); });
            }),
            k_left);
  std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("g1 (worker) [chan send]"), std::string::npos) << told;
}

TEST(Bubbles, ASelectOfNilChannelsIsToldAsOne) {
  check::report r = check::explore([] {
    weft::chan<int> none;
    auto c = weft::make_chan<int>();
    weft::select(weft::on_recv(none), weft::on_send(none, 1), weft::on_send(c, 1));
  });
  ASSERT_EQ(r.deadlocks.size(), 1U) << r;
  EXPECT_NE(r.deadlocks[0].text.find("[select] nil chan, nil chan, send #1"), std::string::npos)
      << r;
}

TEST(Bubbles, ASearchInAGoroutineIsRefused) {
  check::report r = check::explore([] { check::explore([] {}); }, {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_NE(r.failures[0].what.find("it takes a plain thread"), std::string::npos) << r;
  r = check::explore([] { check::outcomes<int>([] { return 0; }); },
                     {.strategy = check::exhaustive});
  EXPECT_EQ(r.failures.size(), 1U) << r;
  EXPECT_NE(text_of([] { check::replay("w1:0:", [] {}); }), "");
}

// The results of body, each one's letter, under both searches.
template <class F>
std::string all_of(F body, bool adversarial = false) {
  std::string found[2];
  for (bool reduce : {false, true}) {
    auto all = check::outcomes<char>(
        body, check::sc,
        {.stop_at_failure = false, .reduce = reduce, .adversarial_time = adversarial});
    EXPECT_TRUE(all.how.ok()) << all.how;
    EXPECT_TRUE(all.how.complete) << all.how;
    for (const auto& [result, times] : all) found[reduce ? 1 : 0] += result;
  }
  EXPECT_EQ(found[0], found[1]);
  return found[1];
}

// That is no race with the function's end.
TEST(DueTimers, ATimerMayBeDropped) {
  check::report r = check::explore(
      [] {
        weft::wait_group all;
        all.add(3);
        weft::after_func(1s, [&] { all.done(); });
        {
          auto kept = weft::after_func(2s, [&] { all.done(); });
        }
        weft::timer other(1s);
        other = weft::after_func(1s, [&] { all.done(); });
        other = weft::timer();
        all.wait();
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r;
}

TEST(DueTimers, WhatIsDueAtOnceIsRunAtAnyMoment) {
  auto look = [] {
    auto n = std::make_shared<weft::atomic<int>>(0);
    weft::after_func(0s, [=] { ++*n; });
    int seen = n->load();
    check::settle();
    check::expect(n->load() == 1);
    return static_cast<char>('0' + seen);
  };
  EXPECT_EQ(all_of(look), "01");
  auto stop = [] {
    auto n = std::make_shared<weft::atomic<int>>(0);
    weft::timer call = weft::after_func(0s, [=] { ++*n; });
    bool stopped = call.stop();
    check::settle();
    check::expect(n->load() == (stopped ? 0 : 1));
    return stopped ? 's' : 'r';
  };
  EXPECT_EQ(all_of(stop), "rs");
}

TEST(DueTimers, SettleNeedNotWaitForAnAdversarialClock) {
  auto look = [] {
    auto n = std::make_shared<weft::atomic<int>>(0);
    weft::after_func(1h, [=] { ++*n; });
    check::settle();
    return static_cast<char>('0' + n->load());
  };
  EXPECT_EQ(all_of(look), "0");
  EXPECT_EQ(all_of(look, true), "01");
  auto ticking = [] {
    weft::ticker every(1s);
    check::settle();
    return every.c().try_recv() ? 't' : 'n';
  };
  EXPECT_EQ(all_of(ticking, true), "nt");
}

// What is said of a body that is run once.
template <class F>
std::string told_of(F&& body) {
  testing::internal::CaptureStderr();
  std::string text = text_of(body);
  return text + "\n" + testing::internal::GetCapturedStderr();
}

std::string line_here(int line) { return "bubbles_test.cc:" + std::to_string(line); }

TEST(Bubbles, BothSidesOfARaceAreNamed) {
  int first = 0;
  int second = 0;
  std::string told = told_of([&] {
    int x = 0;
    weft::go([&] { x = 1; }), first = __LINE__;
    weft::go([&] { x = 2; }), second = __LINE__;
    check::settle();
  });
  EXPECT_TRUE(told.starts_with("data race\n")) << told;
  EXPECT_NE(told.find("write of 4 bytes by g2"), std::string::npos) << told;
  EXPECT_NE(told.find("earlier write of 4 bytes by g1"), std::string::npos) << told;
  EXPECT_NE(told.find(line_here(first)), std::string::npos) << told;
  EXPECT_NE(told.find(line_here(second)), std::string::npos) << told;
}

// Of a long execution the end is kept, with the numbers that its steps have.
TEST(Bubbles, TheEndOfALongExecutionIsShown) {
  int line = 0;
  std::string told = told_of([&] {
    auto c = weft::make_chan<int>(1);
    for (int i = 0; i < 75'000; ++i) {
      c.send(i);
      static_cast<void>(c.recv());
    }
    weft::mutex m;
    m.lock();
    line = __LINE__ + 1;
    m.lock();
  });
  EXPECT_NE(told.find("main [sync.Mutex.Lock] #2 at " + line_here(line)), std::string::npos)
      << told;
  EXPECT_NE(told.find("150000  recv #1: 74999"), std::string::npos) << told;
  EXPECT_NE(told.find("150001  lock #2"), std::string::npos) << told;
  EXPECT_EQ(told.find("149000"), std::string::npos) << told;
}

// A side that is further back than what is kept has no stack.
TEST(Bubbles, ARaceWithSomethingLongAgo) {
  std::string told = told_of([] {
    int x = 0;
    weft::go([&] { x = 1; });
    weft::go([&] {
      std::vector<int> many(1000);
      for (int i = 0; i < 1100; ++i)
        for (int& each : many) ++each;
      x = 2;
    });
    weft::sleep_for(1s);
  });
  EXPECT_NE(told.find("write of 4 bytes by g2"), std::string::npos) << told;
  EXPECT_NE(told.find("earlier write of 4 bytes by g1"), std::string::npos) << told;
}

}  // namespace
