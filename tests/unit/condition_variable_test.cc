// SPDX-License-Identifier: Apache-2.0
// condition_variable: order, no lost and no spurious wake-ups, with and without the lock.
#include <weft/chan.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <type_traits>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

class ConditionVariable : public with_procs {};
WEFT_INSTANTIATE_PROCS(ConditionVariable);

constexpr const char* k_waiting = "sync.Cond.Wait";

// K01
TEST_P(ConditionVariable, EachNotifyOneWakesExactlyOne) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    int awake = 0;
    crew waiters;
    for (int i = 0; i < 2; ++i) {
      waiters.go([&] {
        std::unique_lock hold(m);
        cv.wait(hold);
        EXPECT_TRUE(hold.owns_lock());
        ++awake;
      });
    }
    EXPECT_TRUE(await_waiting(2, k_waiting));
    const auto woken = [&] {
      const std::lock_guard hold(m);
      return awake;
    };
    for (int i = 1; i <= 2; ++i) {
      {
        const std::lock_guard hold(m);
        cv.notify_one();
      }
      EXPECT_TRUE(eventually([&] { return woken() == i; }));
      for (int k = 0; k < 10; ++k) weft::yield();
      EXPECT_EQ(woken(), i) << "one more than was notified";
    }
    cv.notify_one();
    cv.notify_all();
  });
}

TEST_P(ConditionVariable, ANotificationIsNotRemembered) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    cv.notify_one();
    cv.notify_all();
    std::atomic<bool> awake = false;
    crew waiters;
    waiters.go([&] {
      std::unique_lock hold(m);
      cv.wait(hold);
      awake = true;
    });
    EXPECT_TRUE(await_waiting(1, k_waiting));
    EXPECT_FALSE(awake);
    cv.notify_one();
  });
}

// K02
TEST_P(ConditionVariable, WaitersWakeInTheOrderInWhichTheyCame) {
  run([] {
    constexpr int n = 100;
    weft::mutex m;
    weft::condition_variable cv;
    std::vector<int> order;
    const auto woke = weft::make_chan<int>();
    crew waiters;
    for (int i = 0; i < n; ++i) {
      const auto joined = weft::make_chan<void>();
      waiters.go([&, joined, i] {
        std::unique_lock hold(m);
        joined.close();
        cv.wait(hold);
        hold.unlock();
        woke.send(i);
      });
      // The next one takes the mutex after this one has let go of it in wait().
      static_cast<void>(joined.recv());
      const std::lock_guard hold(m);
    }
    for (int i = 0; i < n; ++i) {
      cv.notify_one();
      order.push_back(woke.recv().value());
    }
    for (int i = 0; i < n; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  });
}

// K03
TEST_P(ConditionVariable, NotifyAllWakesEveryWaiterOnce) {
  run([] {
    constexpr int n = 200;
    const int rounds = scaled(50);
    weft::mutex m;
    weft::condition_variable cv;
    weft::condition_variable all_there;
    int waiting = 0;
    std::vector<int> wakes(n, 0);
    crew waiters;
    for (int i = 0; i < n; ++i) {
      waiters.go([&, i] {
        std::unique_lock hold(m);
        for (int r = 0; r < rounds; ++r) {
          if (++waiting == n) all_there.notify_one();
          cv.wait(hold);
          ++wakes[static_cast<std::size_t>(i)];
        }
      });
    }
    std::unique_lock hold(m);
    for (int r = 0; r < rounds; ++r) {
      all_there.wait(hold, [&] { return waiting == n; });
      for (const int w : wakes) EXPECT_EQ(w, r);
      waiting = 0;
      cv.notify_all();
    }
    hold.unlock();
    waiters.join();
    for (const int w : wakes) EXPECT_EQ(w, rounds);
  });
}

// K05: a waiter on its way from the unlock to sleep is notified like one that sleeps
TEST_P(ConditionVariable, AWaiterThatDoesNotSleepYetIsNotMissed) {
  run([] {
    for (int round = 0; round < scaled(5000); ++round) {
      weft::mutex m;
      weft::condition_variable cv;
      bool a_waits = false;
      bool a_woke = false;
      bool b_waits = false;
      const auto when = [&m](const bool& flag, auto then) {
        for (bool there = false; !there; weft::yield()) {
          const std::lock_guard hold(m);
          there = flag;
          if (there) then();
        }
      };
      crew waiters;
      waiters.go([&] {
        std::unique_lock hold(m);
        a_waits = true;
        cv.wait(hold);
        a_woke = true;
      });
      when(a_waits, [&] { cv.notify_all(); });
      // One that comes later cannot take the notification away, and gets none of it.
      waiters.go([&] {
        std::unique_lock hold(m);
        b_waits = true;
        cv.wait(hold);
        EXPECT_TRUE(a_woke);
      });
      when(b_waits, [] {});
      when(a_woke, [&] { cv.notify_one(); });
    }
  });
}

// K06
TEST_P(ConditionVariable, NotifiersNeedNotHoldTheLock) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    std::atomic<int> awake = 0;
    crew waiters;
    for (int i = 0; i < 5; ++i) {
      waiters.go([&] {
        std::unique_lock hold(m);
        cv.wait(hold);
        ++awake;
      });
    }
    EXPECT_TRUE(await_waiting(5, k_waiting));
    cv.notify_one();
    EXPECT_TRUE(eventually([&] { return awake == 1; }));
    EXPECT_EQ(count_waiting(k_waiting), 4U);
    cv.notify_all();
    waiters.join();
    EXPECT_EQ(awake, 5);
  });
}

// K07
TEST_P(ConditionVariable, ThreeGoroutinesPassAStateOn) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    int x = 0;
    std::vector<int> seen;
    {
      crew all;
      for (const int from : {2, 0, 1}) {
        all.go([&, from] {
          std::unique_lock hold(m);
          cv.wait(hold, [&] { return x == from; });
          seen.push_back(x);
          x = from + 1;
          cv.notify_all();
        });
      }
    }
    EXPECT_EQ(x, 3);
    EXPECT_EQ(seen, (std::vector{0, 1, 2}));
  });
}

TEST_P(ConditionVariable, APredicateThatHoldsDoesNotWait) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    std::unique_lock hold(m);
    cv.wait(hold, [&] { return hold.owns_lock(); });
  });
}

TEST_P(ConditionVariable, AnExceptionOfThePredicateLeavesTheLockHeld) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    std::unique_lock hold(m);
    EXPECT_THROW(cv.wait(hold, []() -> bool { throw 1; }), int);
    EXPECT_TRUE(hold.owns_lock());
  });
}

TEST_P(ConditionVariable, WaitingWithoutTheLockIsRefusedAndForgotten) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    std::unique_lock hold(m);
    hold.unlock();
    EXPECT_THROW(cv.wait(hold), std::system_error);
    // Nobody is left on the list: this reaches the one that waits.
    std::atomic<bool> awake = false;
    crew waiters;
    waiters.go([&] {
      std::unique_lock mine(m);
      cv.wait(mine);
      awake = true;
    });
    EXPECT_TRUE(await_waiting(1, k_waiting));
    cv.notify_one();
    EXPECT_TRUE(eventually([&] { return awake.load(); }));
  });
}

TEST_P(ConditionVariable, MayBeDestroyedAsSoonAsAllAreNotified) {
  run([] {
    for (int round = 0; round < scaled(2000); ++round) {
      weft::mutex m;
      auto cv = std::make_unique<weft::condition_variable>();
      int waiting = 0;
      crew waiters;
      for (int i = 0; i < 3; ++i) {
        waiters.go([&] {
          std::unique_lock hold(m);
          ++waiting;
          cv->wait(hold);
        });
      }
      for (bool there = false; !there; weft::yield()) {
        const std::lock_guard hold(m);
        there = waiting == 3;
        if (!there) continue;
        cv->notify_all();
        cv.reset();
      }
    }
  });
}

// K09: readers wait together, each holding the lock as a reader
TEST_P(ConditionVariable, SeveralReadersBeginToWaitAtOnce) {
  run([] {
    weft::shared_mutex m;
    weft::condition_variable changed;
    bool ready = false;
    std::atomic<int> woken = 0;
    const auto in = weft::make_chan<void>();
    const auto together = weft::make_chan<void>();
    crew readers;
    for (int i = 0; i < 4; ++i) {
      readers.go([&] {
        std::shared_lock hold(m);
        in.send();
        together.recv();  // all four hold it now
        changed.wait(hold, [&] { return ready; });
        EXPECT_TRUE(hold.owns_lock());
        ++woken;
      });
    }
    for (int i = 0; i < 4; ++i) in.recv();
    together.close();
    EXPECT_TRUE(await_waiting(4, "sync.Cond.Wait"));
    {
      const std::lock_guard alone(m);
      ready = true;
    }
    changed.notify_all();
    readers.join();
    EXPECT_EQ(woken, 4);
  });
}

// C50 for condition variables
TEST_P(ConditionVariable, PlainThreadsWaitAndNotify) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    int turn = 0;
    const int rounds = scaled(500);
    const auto play = [&](int me) {
      for (int i = 0; i < rounds; ++i) {
        std::unique_lock hold(m);
        cv.wait(hold, [&] { return turn % 4 == me; });
        ++turn;
        cv.notify_all();
      }
    };
    std::vector<std::thread> threads;
    crew goroutines;
    for (int me = 0; me < 4; ++me) {
      if (me % 2 == 0) {
        threads.emplace_back(play, me);
      } else {
        goroutines.go([&, me] { play(me); });
      }
    }
    goroutines.join();
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    EXPECT_EQ(turn, 4 * rounds);
  });
}

// K08
static_assert(!std::is_copy_constructible_v<weft::condition_variable>);
static_assert(!std::is_move_constructible_v<weft::condition_variable>);

// K11
TEST_P(ConditionVariable, AnEndedContextWaitsForNothingAndKeepsTheLock) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::mutex m;
    weft::condition_variable cv;
    cancel();
    std::unique_lock hold(m);
    EXPECT_EQ(cv.wait(hold, ctx), weft::errc::canceled);
    EXPECT_TRUE(hold.owns_lock());
    EXPECT_FALSE(m.try_lock());
    EXPECT_EQ(cv.wait(hold, [] { return false; }, ctx), weft::errc::canceled);
    EXPECT_FALSE(cv.wait(hold, [] { return true; }, ctx));
  });
}

TEST_P(ConditionVariable, AWaitEndsWithItsContext) {
  run([] {
    weft::mutex m;
    weft::condition_variable cv;
    auto [ctx, cancel] = weft::with_timeout(weft::background(), 2ms);
    std::unique_lock hold(m);
    EXPECT_EQ(cv.wait(hold, ctx), weft::errc::deadline_exceeded);
    EXPECT_TRUE(hold.owns_lock());
  });
}

// A notification is for one who waits: if the first in line gives up at that moment, for the next.
TEST_P(ConditionVariable, ANotificationIsNotLostToOneThatGivesUp) {
  run([] {
    for (int round = 0; round < scaled(1000); ++round) {
      weft::mutex m;
      weft::condition_variable cv;
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      bool gave_up = false;
      std::atomic<int> waiting = 0;
      crew all;
      all.go([&, limit = ctx] {
        std::unique_lock hold(m);
        ++waiting;
        gave_up = static_cast<bool>(cv.wait(hold, limit));
        if (!gave_up) cv.notify_one();  // the other needs one too
      });
      while (waiting != 1) weft::yield();
      all.go([&] {
        std::unique_lock hold(m);
        ++waiting;
        cv.wait(hold);
      });
      while (waiting != 2) weft::yield();
      {
        std::scoped_lock both_wait(m);
      }
      all.go([give_up = cancel] { give_up(); });
      all.go([&] { cv.notify_one(); });
      all.join();
    }
  });
}

}  // namespace
}  // namespace weft_test
