// SPDX-License-Identifier: Apache-2.0
// shared_ptr_test.cc: what the standard library's shared ownership orders, and what may be found.

#include <weft/check.h>
#include <weft/go.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace {

namespace check = weft::check;

// The standard library's own is one that ThreadSanitizer takes for a race, too.
TEST(SharedPtr, AnAtomicSharedPointerOrders) {
  auto body = [](bool in_one_step) {
    return check::explore(
        [=] {
          std::atomic<std::shared_ptr<int>> shared(std::make_shared<int>(0));
          auto count = [&] {
            auto old = shared.load();
            if (!in_one_step) shared.store(std::make_shared<int>(*old + 1));
            while (in_one_step &&
                   !shared.compare_exchange_strong(old, std::make_shared<int>(*old + 1))) {
            }
          };
          weft::wait_group both;
          both.go(count);
          both.go(count);
          both.wait();
          check::expect(*shared.load() == 2, "both have counted");
        },
        {.strategy = check::exhaustive});
  };
  check::report r = body(true);
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
  EXPECT_EQ(body(false).failures.size(), 1U);
}

struct two_ints {
  int a = 1;
  int b = 1;
};

// Who takes a share of an object is not after those who have given up theirs; who destroys it is.
TEST(SharedPtr, OneShareMoreOrdersNothing) {
  check::report in_place = check::explore([] {
    std::atomic<std::shared_ptr<two_ints>> current{std::make_shared<two_ints>()};
    weft::wait_group both;
    both.go([&] {
      auto mine = current.load();
      check::expect(mine->a >= mine->b);
    });
    both.go([&] {
      auto mine = current.load();
      mine->a = 2;
    });
    both.wait();
  });
  ASSERT_EQ(in_place.races.size(), 1U) << in_place;
  check::report copies = check::explore([] {
    auto shared = std::make_shared<int>(0);
    weft::wait_group both;
    for (int i = 0; i < 2; ++i) both.go([shared] { ++*shared; });
    both.wait();
  });
  EXPECT_EQ(copies.races.size(), 1U) << copies;
  struct reads_at_its_end {
    int* sum;
    int value = 0;
    ~reads_at_its_end() { *sum += value; }
  };
  check::report last = check::explore(
      [] {
        int sum = 0;
        auto shared = std::make_shared<reads_at_its_end>(&sum);
        weft::wait_group both;
        both.go([shared]() mutable {
          shared->value = 7;
          shared.reset();
        });
        shared.reset();
        both.wait();
        check::expect(sum == 7);
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(last.ok()) << last;
  EXPECT_TRUE(last.complete);
}

// A value that is made or destroyed with its count is no count.
TEST(SharedPtr, WhatIsSharedIsWatchedWhereItIsMade) {
  check::report r = check::explore([] {
    int value = 0;
    weft::wait_group both;
    both.go([&] { auto copy = std::make_shared<int>(value); });
    both.go([&] { value = 1; });
    both.wait();
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  EXPECT_EQ(r.races[0].text.find("atomic read"), std::string::npos) << r;
}

// Whether there is an object left is asked in every order.
TEST(SharedPtr, AWeakPointerFindsTheObjectOrNot) {
  auto explored = [](bool expected) {
    return check::explore(
        [=] {
          auto shared = std::make_shared<int>(7);
          std::weak_ptr<int> weak = shared;
          weft::wait_group both;
          both.go([weak, expected] {
            auto found = weak.lock();
            check::expect((found != nullptr) == expected, "found, or not");
          });
          both.go([mine = std::move(shared)]() mutable { mine.reset(); });
          both.wait();
        },
        {.strategy = check::exhaustive});
  };
  for (bool expected : {false, true}) {
    check::report r = explored(expected);
    ASSERT_EQ(r.failures.size(), 1U) << r;
    EXPECT_EQ(r.failures[0].what, "failed: found, or not");
  }
  auto counted = check::outcomes<long>([] {
    auto shared = std::make_shared<int>(7);
    long seen = 0;
    weft::wait_group both;
    both.go([&] { auto another = shared; });
    both.go([&] { seen = shared.use_count(); });
    both.wait();
    return seen;
  });
  EXPECT_EQ(counted.size(), 2U) << counted.how;
  EXPECT_TRUE(counted.contains(1) && counted.contains(2)) << counted.how;
}

// Of one who finds it missing and makes another there may be two: who had the first has gone.
TEST(SharedPtr, ACacheOfWeakPointers) {
  check::report r = check::explore(
      [] {
        std::mutex lock;
        std::weak_ptr<int> cached;
        int made = 0;
        auto get = [&] {
          std::scoped_lock hold(lock);
          auto found = cached.lock();
          if (found == nullptr) {
            found = std::make_shared<int>(++made);
            cached = found;
          }
          return found;
        };
        weft::wait_group both;
        for (int i = 0; i < 2; ++i) both.go([&] { check::expect(*get() > 0); });
        both.wait();
        check::expect(made == 1, "made twice");
      },
      {.strategy = check::exhaustive});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "failed: made twice");
}

}  // namespace
