// SPDX-License-Identifier: Apache-2.0
// determinism_test.cc: a seed gives the same search each time; a body that does not is found out.

#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

namespace {

namespace check = weft::check;

constexpr check::strategy_kind k_all[] = {check::portfolio, check::exhaustive, check::growing,
                                          check::random,    check::pos,        check::pct,
                                          check::urw,       check::delay};

bool is_random(check::strategy_kind s) {
  return s != check::exhaustive && s != check::growing && s != check::portfolio;
}

// What it does in each of its executions, as those who send come.
struct search_seen {
  std::vector<int> order;
  check::report what;
};

search_seen orders(check::strategy_kind s, std::uint64_t seed, unsigned depth) {
  search_seen out;
  out.what = check::explore(
      [&] {
        auto c = weft::make_chan<int>(2);
        weft::wait_group all;
        for (int i = 0; i < 4; ++i) all.go([=] { c.send(i); });
        for (int i = 0; i < 4; ++i) out.order.push_back(*c.recv());
        all.wait();
      },
      {.strategy = s, .max_executions = 60, .seed = seed, .depth = depth});
  return out;
}

TEST(Determinism, ASeedGivesTheSameExecutions) {
  for (check::strategy_kind s : k_all) {
    for (unsigned depth : {1U, 2U, 3U, 4U, 5U}) {
      if (depth != 3 && s != check::pct && s != check::delay) continue;
      search_seen a = orders(s, 7, depth);
      search_seen b = orders(s, 7, depth);
      EXPECT_TRUE(a.what.ok()) << a.what;
      EXPECT_EQ(a.order, b.order) << s << ' ' << depth;
      EXPECT_EQ(a.what.executions, b.what.executions);
      if (!is_random(s)) continue;
      EXPECT_NE(a.order, orders(s, 8, depth).order) << s << ' ' << depth;
    }
  }
}

// Two take two locks in different orders.
void crossed() {
  weft::mutex a;
  weft::mutex b;
  weft::wait_group both;
  both.go([&] {
    std::lock_guard first(a);
    std::lock_guard second(b);
  });
  both.go([&] {
    std::lock_guard first(b);
    std::lock_guard second(a);
  });
  both.wait();
}

TEST(Determinism, ASeedGivesTheSameFailureInTheSameWords) {
  for (check::strategy_kind s : k_all) {
    for (bool shrink : {false, true}) {
      const check::options o{.strategy = s, .seed = 3, .shrink = shrink};
      check::report a = check::explore(crossed, o);
      check::report b = check::explore(crossed, o);
      // pct and its like find it too, with as many executions as they have.
      ASSERT_EQ(a.deadlocks.size(), 1U) << a;
      ASSERT_EQ(b.deadlocks.size(), 1U) << b;
      EXPECT_EQ(a.deadlocks[0].text, b.deadlocks[0].text);
      EXPECT_EQ(a.schedule, b.schedule);
      EXPECT_EQ(a.executions, b.executions);
      EXPECT_EQ(a.strategy, b.strategy);
    }
  }
}

void some_steps(int n) {
  weft::mutex m;
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&, n] {
      for (int k = 0; k < n; ++k) {
        m.lock();
        m.unlock();
      }
    });
  }
  both.wait();
}

TEST(Determinism, ABodyThatDoesSomethingElseEachTimeIsSaidToByEveryStrategy) {
  for (check::strategy_kind s : k_all) {
    int n = 0;
    check::report r =
        check::explore([&] { some_steps(1 + n++ % 3); }, {.strategy = s, .max_executions = 100});
    ASSERT_EQ(r.failures.size(), 1U) << s << r;
    EXPECT_TRUE(r.failures[0].what.starts_with("the test does not do the same each time")) << r;
    EXPECT_NE(r.failures[0].text.find("it must not depend on random numbers, addresses, clocks"),
              std::string::npos)
        << r;
    EXPECT_TRUE(r.schedule.empty()) << r;
  }
}

// What is done in the first execution only.
TEST(Determinism, ABodyThatMakesSomethingOnceDoesTheSame) {
  for (check::strategy_kind s : k_all) {
    if (s == check::exhaustive || s == check::growing) continue;  // they compare the first, too
    bool made = false;
    check::report r = check::explore(
        [&] {
          some_steps(made ? 1 : 2);
          made = true;
        },
        {.strategy = s, .max_executions = 100});
    EXPECT_TRUE(r.ok()) << r;
  }
}

}  // namespace
