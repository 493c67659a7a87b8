// SPDX-License-Identifier: Apache-2.0
// select_in_order and select_set: the first ready case in the order given; the set built at run
// time.
#include <weft/chan.h>
#include <weft/select.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class SelectInOrder : public with_procs {};
WEFT_INSTANTIATE_PROCS(SelectInOrder);

class SelectSet : public with_procs {};
WEFT_INSTANTIATE_PROCS(SelectSet);

TEST_P(SelectInOrder, TakesTheFirstReadyCase) {
  run([] {
    const auto empty = weft::make_chan<int>();
    const auto a = weft::make_chan<int>(100);
    const auto b = weft::make_chan<int>(100);
    for (int i = 0; i < 100; ++i) {
      a.send(i);
      b.send(i);
    }
    for (int i = 0; i < 100; ++i) {
      int got = -1;
      ASSERT_EQ(
          weft::select_in_order(weft::on_recv(empty),
                                weft::on_recv(a, [&](std::optional<int> v) { got = v.value(); }),
                                weft::on_recv(b), weft::otherwise([] {})),
          1U);
      ASSERT_EQ(got, i);
    }
    EXPECT_EQ(b.size(), 100U);
    EXPECT_EQ(weft::select_in_order(weft::on_recv(a), weft::on_recv(b)), 1U);
    EXPECT_EQ(weft::select_in_order(weft::on_send(a, 1), weft::on_recv(b)), 0U);
    EXPECT_EQ(weft::select_in_order(weft::on_recv(empty), weft::otherwise([] {})), 1U);
  });
}

TEST_P(SelectInOrder, WaitsLikeSelectWhenNothingIsReady) {
  run([] {
    const auto a = weft::make_chan<int>();
    const auto b = weft::make_chan<int>();
    crew sender;
    sender.go([=] {
      for (int i = 0; i < 200; ++i) (i % 2 == 0 ? a : b).send(i);
    });
    for (int i = 0; i < 200; ++i) {
      int got = -1;
      const auto keep = [&](std::optional<int> v) { got = v.value(); };
      const auto chosen = weft::select_in_order(weft::on_recv(a, keep), weft::on_recv(b, keep));
      ASSERT_EQ(chosen, static_cast<std::size_t>(i % 2));
      ASSERT_EQ(got, i);
    }
  });
}

TEST_P(SelectInOrder, AStopSignalBeatsPendingWork) {
  run([] {
    const auto stop = weft::make_chan<void>();
    const auto work = weft::make_chan<int>(10);
    for (int i = 0; i < 10; ++i) work.send(i);
    stop.close();
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(weft::select_in_order(weft::on_recv(stop), weft::on_recv(work)), 0U);
    }
    EXPECT_EQ(panic_text([&] {
                const auto closed = weft::make_chan<int>();
                closed.close();
                weft::select_in_order(weft::on_send(closed, 1), weft::on_recv(stop));
              }),
              "send on closed channel");
  });
}

TEST_P(SelectSet, GivesIndicesInTheOrderAdded) {
  run([] {
    const auto numbers = weft::make_chan<int>(1);
    const auto texts = weft::make_chan<std::string>(1);
    const auto marks = weft::make_chan<void>();
    std::string log;
    weft::select_set set;
    EXPECT_EQ(set.size(), 0U);
    EXPECT_EQ(set.add_recv(numbers, [&](std::optional<int>) { log += "n"; }), 0U);
    EXPECT_EQ(set.add_send(texts, std::string("hello"), [&] { log += "t"; }), 1U);
    EXPECT_EQ(set.add_recv(marks, [&](bool) { log += "m"; }), 2U);
    EXPECT_EQ(set.add_default([&] { log += "d"; }), 3U);
    EXPECT_EQ(set.size(), 4U);
    EXPECT_EQ(set.wait(), 1U);
    EXPECT_EQ(texts.recv(), "hello");
    numbers.send(5);
    texts.send("full");
    EXPECT_EQ(set.wait(), 0U);
    EXPECT_EQ(set.wait(), 3U);
    marks.close();
    EXPECT_EQ(set.wait(), 2U);
    EXPECT_EQ(log, "tndm");
  });
}

TEST_P(SelectSet, WaitsAndTakesViewsAndNilChannels) {
  run([] {
    const auto a = weft::make_chan<int>();
    const weft::receiver<int> out = a;
    int got = 0;
    weft::select_set set;
    set.add_recv(weft::chan<int>{}, [](std::optional<int>) { ADD_FAILURE(); });
    set.add_recv(out, [&](std::optional<int> v) { got += v.value(); });
    set.add_send(weft::sender<int>{}, 1, [] { ADD_FAILURE(); });
    crew sender;
    sender.go([=] {
      for (int i = 0; i < 100; ++i) a.send(1);
    });
    for (int i = 0; i < 100; ++i) ASSERT_EQ(set.wait(), 1U);
    EXPECT_EQ(got, 100);
  });
}

// S05
TEST_P(SelectSet, IsFairToo) {
  run([] {
    constexpr std::size_t n = 8;
    const int rounds = scaled(8000);
    const auto ready = weft::make_chan<void>();
    ready.close();
    std::vector<int> chosen(n);
    weft::select_set set;
    for (std::size_t i = 0; i < n; ++i) set.add_recv(ready, [&, i](bool) { ++chosen[i]; });
    for (int i = 0; i < rounds; ++i) set.wait();
    const double p = 1.0 / static_cast<double>(n);
    const double sigma = std::sqrt(rounds * p * (1 - p));
    for (const int times : chosen) EXPECT_NEAR(times, rounds * p, 10 * sigma);
  });
}

TEST_P(SelectSet, ASendIntoAClosedChannelPanics) {
  run([] {
    const auto c = weft::make_chan<int>();
    weft::select_set set;
    set.add_send(c, 1, [] { ADD_FAILURE(); });
    c.close();
    EXPECT_EQ(panic_text([&] { set.wait(); }), "send on closed channel");
  });
}

TEST_P(SelectSet, SendsItsValueAtEveryWait) {
  run([] {
    const auto c = weft::make_chan<int>(3);
    weft::select_set set;
    set.add_send(c, 9, [] {});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(set.wait(), 0U);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(c.recv(), 9);
  });
}

TEST_P(SelectSet, AMoveOnlyValueIsSentOnce) {
  run([] {
    const auto c = weft::make_chan<std::unique_ptr<int>>(3);
    weft::select_set set;
    set.add_send(c, std::make_unique<int>(4), [] {});
    set.add_default([] {});
    EXPECT_EQ(set.wait(), 0U);
    EXPECT_EQ(set.wait(), 1U);
    EXPECT_EQ(*c.recv().value(), 4);
    EXPECT_EQ(c.size(), 0U);
  });
}

TEST_P(SelectSet, HandlersMayBeLeftOutAndVoidChannelsSent) {
  run([] {
    const auto c = weft::make_chan<void>(1);
    weft::select_set set;
    EXPECT_EQ(set.add_send(c), 0U);
    EXPECT_EQ(set.add_default(), 1U);
    EXPECT_EQ(set.wait(), 0U);
    EXPECT_EQ(set.wait(), 1U);
    weft::select_set receives;
    receives.add_recv(c);
    EXPECT_EQ(receives.wait(), 0U);
  });
}

TEST_P(SelectSet, ASecondDefaultPanics) {
  run([] {
    weft::select_set set;
    set.add_default([] {});
    EXPECT_EQ(panic_text([&] { set.add_default([] {}); }),
              "reflect.Select: multiple default cases");
  });
}

}  // namespace
}  // namespace weft_test
