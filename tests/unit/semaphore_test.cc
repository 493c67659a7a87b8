// SPDX-License-Identifier: Apache-2.0
// semaphore: weights, order, contexts, misuse.
#include <weft/context.h>
#include <weft/semaphore.h>

#include <thread>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class Semaphore : public with_procs {};
WEFT_INSTANTIATE_PROCS(Semaphore);

TEST_P(Semaphore, NeverMoreThanItsSizeInside) {
  run([] {
    weft::semaphore s(3);
    std::atomic<int> inside = 0;
    crew all;
    for (int k = 0; k < 10; ++k) {
      all.go([&, k] {
        int n = k % 3 + 1;
        for (int i = 0; i < scaled(500); ++i) {
          s.acquire(n);
          EXPECT_LE(inside += n, 3);
          if (i % 8 == 0) weft::yield();
          inside -= n;
          s.release(n);
        }
      });
    }
    all.join();
    EXPECT_TRUE(s.try_acquire(3));
    EXPECT_FALSE(s.try_acquire());
    s.release(3);
  });
}

TEST_P(Semaphore, OneThatAsksForMuchIsNotOvertaken) {
  run([] {
    weft::semaphore s(4);
    s.acquire(2);
    std::vector<int> order;
    crew all;
    all.go([&] {
      s.acquire(4);
      order.push_back(4);
      s.release(4);
    });
    EXPECT_TRUE(await_waiting(1, "semacquire"));
    EXPECT_FALSE(s.try_acquire()) << "one is free, but somebody is in line";
    all.go([&] {
      s.acquire(1);
      order.push_back(1);
      s.release(1);
    });
    EXPECT_TRUE(await_waiting(2, "semacquire"));
    s.release(2);
    all.join();
    EXPECT_EQ(order, (std::vector{4, 1}));
  });
}

TEST_P(Semaphore, OneReleaseMayLetSeveralIn) {
  run([] {
    weft::semaphore s(3);
    s.acquire(3);
    crew all;
    for (int i = 0; i < 3; ++i) all.go([&] { s.acquire(); });
    EXPECT_TRUE(await_waiting(3, "semacquire"));
    s.release(3);
    all.join();
    EXPECT_FALSE(s.try_acquire());
    s.release(3);
  });
}

TEST_P(Semaphore, AskingForNothingAndMisuse) {
  run([] {
    weft::semaphore s(2);
    s.acquire(0);
    s.release(0);
    EXPECT_TRUE(s.try_acquire(0));
    EXPECT_EQ(panic_text([&] { s.release(); }), "semaphore: released more than held");
    s.acquire();
    EXPECT_EQ(panic_text([&] { s.release(2); }), "semaphore: released more than held");
    s.release();
    EXPECT_TRUE(s.try_acquire(2)) << "a release that panicked gave nothing";
    s.release(2);
    EXPECT_EQ(panic_text([&] { s.acquire(-1); }), "semaphore: negative weight");
    EXPECT_EQ(panic_text([&] { s.release(-1); }), "semaphore: negative weight");
    EXPECT_EQ(panic_text([&] { weft::semaphore bad(-1); }), "semaphore: negative weight");
  });
}

TEST_P(Semaphore, AnEndedContextTakesNothing) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::semaphore s(1);
    EXPECT_FALSE(s.acquire(1, ctx));
    s.release();
    EXPECT_FALSE(s.acquire(ctx));
    s.release();
    cancel();
    EXPECT_EQ(s.acquire(1, ctx), errc::canceled);
    EXPECT_TRUE(s.try_acquire());
    s.release();
  });
}

TEST_P(Semaphore, AskingForMoreThanThereIsWaitsForTheContextAndHoldsUpNobody) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::semaphore s(2);
    crew all;
    all.go([&, ctx] { EXPECT_EQ(s.acquire(3, ctx), errc::canceled); });
    EXPECT_TRUE(await_waiting(1, "semacquire"));
    EXPECT_TRUE(s.try_acquire(2));
    s.release(2);
    cancel();
  });
}

TEST_P(Semaphore, OneThatGivesUpLetsThoseBehindItIn) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::semaphore s(2);
    s.acquire();
    crew all;
    all.go([&, ctx] { EXPECT_EQ(s.acquire(2, ctx), errc::canceled); });
    EXPECT_TRUE(await_waiting(1, "semacquire"));
    all.go([&] { s.acquire(); });
    EXPECT_TRUE(await_waiting(2, "semacquire"));
    cancel();
    all.join();
    s.release(2);
  });
}

TEST_P(Semaphore, ReleaseAgainstCancelLosesNothing) {
  run([] {
    weft::semaphore s(2);
    for (int round = 0; round < scaled(300); ++round) {
      crew all;
      for (int k = 0; k < 5; ++k) {
        all.go([&, k] {
          auto [ctx, cancel] =
              weft::with_timeout(weft::background(), std::chrono::microseconds(k * 7 % 20));
          int n = k % 2 + 1;
          if (s.acquire(n, ctx)) return;
          weft::yield();
          s.release(n);
        });
      }
      all.join();
      ASSERT_TRUE(s.try_acquire(2)) << "something was lost";
      s.release(2);
    }
  });
}

TEST_P(Semaphore, PlainThreadsToo) {
  run([] {
    weft::semaphore s(1);
    s.acquire();
    std::thread other([&] {
      s.acquire();
      s.release();
    });
    s.release();
    weft::blocking([&] { other.join(); });
    EXPECT_TRUE(s.try_acquire());
    s.release();
  });
}

}  // namespace
}  // namespace weft_test
