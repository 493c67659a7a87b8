// SPDX-License-Identifier: Apache-2.0
// select: which case is chosen, what its handler gets, what a call leaves behind.
#include <weft/chan.h>
#include <weft/select.h>

#include <any>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "support/elements.h"
#include "support/parked.h"

namespace weft_test {
namespace {

class Select : public with_procs {};
WEFT_INSTANTIATE_PROCS(Select);

weft::chan<int> full_of(int value) {
  const auto c = weft::make_chan<int>(1);
  c.send(value);
  return c;
}

TEST_P(Select, GivesTheIndexOfTheChosenCaseAndRunsOnlyItsHandler) {
  run([] {
    const auto empty = weft::make_chan<int>();
    const auto ready = full_of(3);
    int got = 0;
    const auto fail = [](auto&&...) { ADD_FAILURE(); };
    EXPECT_EQ(weft::select(weft::on_recv(empty, fail), weft::on_send(empty, 1, fail),
                           weft::on_recv(ready, [&](std::optional<int> v) { got = v.value(); }),
                           weft::otherwise(fail)),
              2U);
    EXPECT_EQ(got, 3);
    EXPECT_EQ(weft::select(weft::on_recv(empty, fail), weft::on_send(ready, 4, [&] { got = 4; })),
              1U);
    EXPECT_EQ(got, 4);
    EXPECT_EQ(ready.recv(), 4);
  });
}

// S02 S30
TEST_P(Select, TakesTheDefaultWhereverItStandsWhenNothingIsReady) {
  run([] {
    const weft::chan<int> nil;
    const auto empty = weft::make_chan<int>();
    const auto full = full_of(1);
    int defaults = 0;
    const auto count = [&] { ++defaults; };
    EXPECT_EQ(weft::select(weft::otherwise(count)), 0U);
    EXPECT_EQ(weft::select(weft::otherwise(count), weft::on_recv(empty)), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(nil), weft::otherwise(count), weft::on_send(nil, 1)), 1U);
    EXPECT_EQ(weft::select(weft::on_recv(empty), weft::on_send(full, 1), weft::otherwise(count)),
              2U);
    EXPECT_EQ(weft::select(weft::on_recv(empty), weft::otherwise()), 1U);
    EXPECT_EQ(defaults, 4);
    EXPECT_EQ(full.size(), 1U);
    EXPECT_FALSE(empty.try_send(1)) << "a waiter was left behind";
  });
}

// S03
TEST_P(Select, NilCasesAreNeverChosen) {
  run([] {
    const weft::chan<int> nil;
    for (int i = 0; i < 100; ++i) {
      const auto ready = full_of(i);
      EXPECT_EQ(weft::select(weft::on_recv(nil), weft::on_send(nil, 1), weft::on_recv(ready),
                             weft::on_recv(nil)),
                2U);
    }
  });
}

// S05
TEST_P(Select, IsFairBetweenReadyCases) {
  run([] {
    const int n = scaled(10000);
    const auto a = weft::make_chan<int>(static_cast<std::size_t>(n));
    const auto b = weft::make_chan<int>(static_cast<std::size_t>(n));
    const auto never = weft::make_chan<int>();
    const auto also_never = weft::make_chan<int>();
    for (int i = 0; i < n; ++i) {
      a.send(1);
      b.send(1);
    }
    int from_a = 0;
    for (int i = 0; i < n; ++i) {
      const auto chosen = weft::select(weft::on_recv(never), weft::on_recv(a),
                                       weft::on_recv(also_never), weft::on_recv(b));
      ASSERT_TRUE(chosen == 1 || chosen == 3);
      if (chosen == 1) ++from_a;
    }
    const double sigma = std::sqrt(n * 0.25);
    EXPECT_NEAR(from_a, n / 2.0, 10 * sigma);
  });
}

// S06
TEST_P(Select, TwoSendsOnOneChannelBothGetTheirTurn) {
  run([] {
    const auto c = weft::make_chan<int>();
    crew sender;
    sender.go([=] {
      for (int i = 0; i < 200; ++i) {
        weft::select(weft::on_send(c, 0), weft::on_send(c, 1));
      }
      c.close();
    });
    int ones = 0;
    int zeros = 0;
    for (const int v : c) ++(v == 1 ? ones : zeros);
    EXPECT_GT(ones, 20);
    EXPECT_GT(zeros, 20);
  });
}

// S07
TEST_P(Select, NeverPairsWithItself) {
  run([] {
    const auto c = weft::make_chan<int>();
    EXPECT_EQ(weft::select(weft::on_send(c, 1), weft::on_recv(c), weft::otherwise([] {})), 2U);
    EXPECT_EQ(weft::select(weft::on_send(c, 1), weft::on_recv(c), weft::on_recv(weft::after(3ms))),
              2U);
    EXPECT_FALSE(c.try_recv().has_value());
    EXPECT_FALSE(c.try_send(1));
  });
}

// S14
TEST_P(Select, ADefaultIsNotTakenWhileACaseIsReady) {
  run([] {
    const auto c = weft::make_chan<int>(1);
    for (int i = 0; i < 1000; ++i) {
      ASSERT_EQ(weft::select(weft::on_send(c, i), weft::otherwise([] {})), 0U);
      ASSERT_EQ(weft::select(weft::otherwise([] {}), weft::on_recv(c)), 1U);
    }
  });
}

// S15
TEST_P(Select, AClosedChannelIsAReadySendCaseThatPanicsWhenChosen) {
  run([] {
    const auto closed = weft::make_chan<int>(3);
    closed.close();
    const auto empty = weft::make_chan<int>();
    EXPECT_EQ(panic_text([&] { weft::select(weft::on_send(closed, 1), weft::on_recv(empty)); }),
              "send on closed channel");
    int panicked = 0;
    int received = 0;
    for (int i = 0; i < 200; ++i) {
      const auto ready = full_of(i);
      const auto text = panic_text([&] {
        weft::select(weft::on_send(closed, 1), weft::on_recv(ready, [&](auto) { ++received; }));
      });
      if (!text.empty()) ++panicked;
    }
    EXPECT_EQ(panicked + received, 200);
    EXPECT_GT(panicked, 0);
    EXPECT_GT(received, 0);
  });
}

// S17
TEST_P(Select, AClosedReceiveCaseMayBeChosenAgainAndAgain) {
  run([] {
    const auto closed = weft::make_chan<int>();
    closed.close();
    for (int i = 0; i < 100; ++i) {
      int ends = 0;
      weft::select(weft::on_recv(closed, [&](std::optional<int> v) { ends += v ? 0 : 1; }));
      ASSERT_EQ(ends, 1);
    }
  });
}

// S19 S20
TEST_P(Select, OperandsAreEvaluatedOnceEvenWhenNotChosen) {
  run([] {
    int channels = 0;
    int values = 0;
    int handled = 0;
    const auto ready = full_of(1);
    const auto empty = weft::make_chan<int>();
    const auto channel = [&](const weft::chan<int>& c) {
      ++channels;
      return c;
    };
    const auto value = [&] {
      ++values;
      return 5;
    };
    EXPECT_EQ(weft::select(weft::on_send(channel(empty), value(), [&] { ++handled; }),
                           weft::on_recv(channel(ready), [&](auto) { ++handled; }),
                           weft::on_recv(channel(empty), [&](auto) { ++handled; })),
              1U);
    EXPECT_EQ(channels, 3);
    EXPECT_EQ(values, 1);
    EXPECT_EQ(handled, 1);
  });
}

TEST_P(Select, HandlersRunOutsideAllLocks) {
  run([] {
    const auto c = full_of(1);
    const auto d = weft::make_chan<int>(1);
    weft::select(weft::on_recv(c,
                               [&](std::optional<int> v) {
                                 c.send(v.value() + 1);
                                 weft::select(weft::on_send(d, 8), weft::on_recv(d));
                                 weft::yield();
                                 c.close();
                               }),
                 weft::on_recv(d));
    EXPECT_EQ(c.recv(), 2);
    EXPECT_FALSE(c.recv().has_value());
    EXPECT_EQ(d.recv(), 8);
  });
}

TEST_P(Select, WhatAHandlerThrowsComesOut) {
  run([] {
    const auto c = full_of(1);
    EXPECT_THROW(weft::select(weft::on_recv(c, [](auto) { throw std::runtime_error("handler"); })),
                 std::runtime_error);
    EXPECT_THROW(weft::select(weft::on_send(c, 2, [] { throw std::logic_error("handler"); })),
                 std::logic_error);
    EXPECT_EQ(c.recv(), 2);
    EXPECT_THROW(weft::select(weft::on_recv(c),
                              weft::otherwise([] { throw std::runtime_error("handler"); })),
                 std::runtime_error);
    c.send(3);
    EXPECT_EQ(c.recv(), 3);
  });
}

TEST_P(Select, HandlersMayBeLeftOutAndMayMoveTheValueOut) {
  run([] {
    const auto c = weft::make_chan<std::unique_ptr<int>>(2);
    const auto v = weft::make_chan<void>(1);
    EXPECT_EQ(weft::select(weft::on_send(c, std::make_unique<int>(1))), 0U);
    EXPECT_EQ(weft::select(weft::on_send(c, std::make_unique<int>(2)), weft::otherwise()), 0U);
    EXPECT_EQ(weft::select(weft::on_send(v)), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(v)), 0U);
    EXPECT_EQ(weft::select(weft::on_recv(c)), 0U);
    std::unique_ptr<int> kept;
    weft::select(
        weft::on_recv(c, [&](std::optional<std::unique_ptr<int>> p) { kept = std::move(*p); }));
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(*kept, 2);
  });
}

// S23
TEST_P(Select, OneCaseIsAPlainOperation) {
  run([] {
    for (const std::size_t capacity : {0U, 1U}) {
      const auto there = weft::make_chan<int>(capacity);
      const auto back = weft::make_chan<int>(capacity);
      crew peer;
      peer.go([=] {
        for (int i = 0; i < 50; ++i) EXPECT_EQ(weft::select(weft::on_send(there, i)), 0U);
        for (int i = 0; i < 50; ++i) EXPECT_EQ(back.recv(), i);
      });
      for (int i = 0; i < 50; ++i) {
        weft::select(weft::on_recv(there, [&](std::optional<int> v) { EXPECT_EQ(v, i); }));
      }
      for (int i = 0; i < 50; ++i) {
        int sent = 0;
        const auto poll = [&] {
          return weft::select(weft::on_send(back, i, [&] { ++sent; }), weft::otherwise());
        };
        while (poll() == 1) weft::yield();
        EXPECT_EQ(sent, 1);
      }
    }
  });
}

// S31
TEST_P(Select, ATimeOutEndsItNotBeforeItsTime) {
  run([] {
    const auto never = weft::make_chan<int>();
    for (int i = 0; i < 5; ++i) {
      const auto start = weft::clock::now();
      EXPECT_EQ(weft::select(weft::on_recv(never), weft::on_recv(weft::after(4ms))), 1U);
      EXPECT_GE(weft::clock::now() - start, 4ms);
    }
  });
}

// S25
TEST_P(Select, ALosingTimerIsGone) {
  run([] {
    const auto c = weft::make_chan<int>(1);
    const auto round = [&] {
      c.send(1);
      ASSERT_EQ(weft::select(weft::on_recv(weft::after(1h)), weft::on_recv(c)), 1U);
    };
    for (int i = 0; i < 1000; ++i) round();
    const auto before = resident_bytes();
    for (int i = 0; i < scaled(50000); ++i) round();
    if (!k_sanitized) {
      EXPECT_LT(resident_bytes(), before + (std::size_t{4} << 20));
    }
  });
}

// S26
TEST_P(Select, AThousandCasesWork) {
  run([] {
    constexpr std::size_t n = 1000;
    std::vector<weft::chan<int>> channels;
    for (std::size_t i = 0; i < n; ++i) channels.push_back(weft::make_chan<int>());
    std::size_t winner = n;
    int value = 0;
    weft::select_set set;
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(set.add_recv(channels[i],
                             [&, i](std::optional<int> v) {
                               winner = i;
                               value = v.value();
                             }),
                i);
    }
    EXPECT_EQ(set.size(), n);
    for (const std::size_t target : {std::size_t{0}, std::size_t{517}, n - 1}) {
      crew sender;
      sender.go([&, target] { channels[target].send(static_cast<int>(target) + 1); });
      EXPECT_EQ(set.wait(), target);
      EXPECT_EQ(winner, target);
      EXPECT_EQ(value, static_cast<int>(target) + 1);
    }
    for (const auto& c : channels) ASSERT_FALSE(c.try_send(1)) << "a waiter was left behind";
  });
}

// S26: as many cases as there may be, and one more
TEST_P(Select, SoManyCasesAsMayBeWorkAndOneMoreIsRefused) {
  run([] {
    constexpr std::size_t most = 65536;
    const std::size_t n = k_sanitized ? 1024 : most;
    const auto dead = weft::make_chan<int>();
    const auto live = weft::make_chan<int>();
    weft::select_set set;
    for (std::size_t i = 0; i < n; ++i) set.add_recv(i == n - 2 ? live : dead);
    EXPECT_EQ(set.size(), n);
    crew sender;
    sender.go([=] {
      live.send(1);
      live.send(2);
    });
    EXPECT_EQ(set.wait(), n - 2);
    EXPECT_EQ(set.wait(), n - 2);
    sender.join();
    EXPECT_FALSE(dead.try_send(1)) << "a waiter was left behind";
    while (set.size() <= most) set.add_recv(dead);
    EXPECT_EQ(panic_text([&] { set.wait(); }), "reflect.Select: too many cases (max 65536)");
  });
}

// S32
TEST_P(Select, ValuesThatCannotBeComparedMayBeSentTwice) {
  run([] {
    const auto c = weft::make_chan<std::any>(1);
    const std::any list = std::vector<int>{1, 2};
    EXPECT_LT(weft::select(weft::on_send(c, list), weft::on_send(c, list)), 2U);
    EXPECT_EQ(std::any_cast<std::vector<int>>(c.recv().value()).size(), 2U);
  });
}

// S29
TEST_P(Select, ChannelsStayAliveWhileASelectWaitsOnThem) {
  run([] {
    auto dropped = weft::make_chan<std::string>();
    const auto stop = weft::make_chan<void>();
    crew waiter;
    waiter.go([dropped, stop] {
      EXPECT_EQ(weft::select(weft::on_recv(dropped), weft::on_send(dropped, std::string(50, 'x')),
                             weft::on_recv(stop)),
                2U);
    });
    dropped = {};
    EXPECT_TRUE(await_waiting(1, "select"));
    stop.close();
  });
}

TEST_P(Select, HandlesMayBeTemporaries) {
  run([] {
    EXPECT_EQ(weft::select(weft::on_recv(weft::make_chan<int>()), weft::on_recv(full_of(1))), 1U);
    EXPECT_EQ(weft::select(weft::on_recv(weft::receiver<int>(full_of(1)))), 0U);
    EXPECT_EQ(weft::select(weft::on_send(weft::sender<int>(weft::make_chan<int>(1)), 2)), 0U);
  });
}

}  // namespace
}  // namespace weft_test
