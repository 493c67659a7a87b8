// SPDX-License-Identifier: Apache-2.0
// try_lock_test.cc: locks that are taken together, and those who back off.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>
#include <weft/spinlock.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace {

namespace check = weft::check;

check::report all_of(void (*body)()) {
  return check::explore(
      body, {.strategy = check::exhaustive, .max_executions = 2'000'000, .stop_at_failure = false});
}

void expect_all_well(void (*body)()) {
  check::report r = all_of(body);
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
  std::printf("%s, %llu pruned\n", r.summary().c_str(), static_cast<unsigned long long>(r.pruned));
}

template <class Mutex>
void two_locks() {
  Mutex a;
  Mutex b;
  int n = 0;
  weft::wait_group both;
  both.go([&] {
    std::scoped_lock hold(a, b);
    ++n;
  });
  both.go([&] {
    std::scoped_lock hold(b, a);
    ++n;
  });
  both.wait();
  check::expect(n == 2, "both were inside");
}

TEST(TryLock, TwoLocksTakenTogether) { expect_all_well(two_locks<weft::mutex>); }
TEST(TryLock, TwoSpinLocksTakenTogether) { expect_all_well(two_locks<weft::spinlock>); }
TEST(TryLock, TwoSharedMutexesTakenTogether) { expect_all_well(two_locks<weft::shared_mutex>); }

TEST(TryLock, ThreeLocksTakenTogether) {
  expect_all_well([] {
    weft::mutex a;
    weft::mutex b;
    weft::mutex c;
    int n = 0;
    weft::wait_group both;
    both.go([&] {
      std::scoped_lock hold(a, b, c);
      ++n;
    });
    both.go([&] {
      std::scoped_lock hold(c, b, a);
      ++n;
    });
    both.wait();
    check::expect(n == 2, "both were inside");
  });
}

TEST(TryLock, ThreeWhoTakeTwoLocksEach) {
  check::report r = check::explore(
      [] {
        weft::mutex locks[3];
        weft::wait_group all;
        for (int i = 0; i < 3; ++i)
          all.go([&, i] { std::scoped_lock hold(locks[i], locks[(i + 1) % 3]); });
        all.wait();
      },
      {.strategy = check::exhaustive, .preemption_bound = 2});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_EQ(r.bound, 2) << r.summary();
}

// What takes them together does no harm, and hides none.
TEST(TryLock, ADeadlockBesideThemIsFound) {
  auto body = [](bool in_order) {
    weft::mutex a;
    weft::mutex b;
    weft::wait_group both;
    auto one = [](weft::mutex& x, weft::mutex& y) {
      std::lock_guard first(x);
      std::lock_guard second(y);
    };
    both.go([&] {
      std::scoped_lock(a, b);
      one(a, b);
    });
    both.go([&] {
      std::scoped_lock(b, a);
      in_order ? one(a, b) : one(b, a);
    });
    both.wait();
  };
  for (check::strategy_kind s : {check::exhaustive, check::portfolio}) {
    check::report r = check::explore([&] { body(false); }, {.strategy = s});
    EXPECT_EQ(r.deadlocks.size(), 1U) << r;
  }
  check::report r = check::explore([&] { body(true); }, {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
}

// std::lock by hand, but it never gives up the second lock: found.
TEST(TryLock, OneThatDoesNotBackOffIsFound) {
  check::report r = check::explore(
      [] {
        weft::mutex a;
        weft::mutex b;
        weft::wait_group both;
        auto take = [](weft::mutex& x, weft::mutex& y) {
          x.lock();
          while (!y.try_lock()) weft::yield();
          y.unlock();
          x.unlock();
        };
        both.go([&] { take(a, b); });
        both.go([&] { take(b, a); });
        both.wait();
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_NE(r.failures[0].what.find("livelock"), std::string::npos) << r;
}

// A try may fail for no reason, at each object and for each goroutine.
TEST(TryLock, EachMayFailForNoReason) {
  auto seen = check::outcomes<int>(
      [] {
        weft::mutex a;
        weft::spinlock b;
        weft::shared_mutex c;
        int got = 0;
        if (a.try_lock()) got += 1;
        if (b.try_lock()) got += 2;
        if (c.try_lock_shared()) got += 4;
        return got;
      },
      check::sc, {.strategy = check::exhaustive, .stop_at_failure = false});
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_TRUE(seen.how.complete);
}

// Who has looked at something before it tries may try at once, or when the holder has gone.
TEST(TryLock, TheHolderMayGoBeforeTheTry) {
  auto seen = check::outcomes<std::set<int>>(
      [] {
        weft::mutex m;
        weft::atomic<int> word{0};
        std::set<int> order;
        weft::wait_group both;
        both.add(2);
        weft::go([&] {
          m.lock();
          word.store(1);
          order.insert(1);
          m.unlock();
          both.done();
        });
        weft::go([&] {
          bool early = word.load() == 0;
          bool got = m.try_lock();
          if (got && early) order.insert(order.contains(1) ? 2 : 3);
          if (got) m.unlock();
          both.done();
        });
        both.wait();
        return order;
      },
      check::sc, {.stop_at_failure = false});
  EXPECT_EQ(seen.size(), 3U);  // it was no time to try; after the holder; before it
  EXPECT_TRUE(seen.how.complete);
  EXPECT_EQ(seen.how.behaviours, 5U);
}

// The holder works on while another tries again and again.
TEST(TryLock, WhoTriesOftenLetsTheHolderGoOn) {
  expect_all_well([] {
    weft::mutex m;
    weft::atomic<int> tries{0};
    weft::wait_group both;
    both.go([&] {
      m.lock();
      for (int i = 0; i < 3; ++i) static_cast<void>(tries.load());
      m.unlock();
    });
    both.go([&] {
      while (!m.try_lock()) tries.fetch_add(1);
      m.unlock();
    });
    both.wait();
  });
}

}  // namespace
