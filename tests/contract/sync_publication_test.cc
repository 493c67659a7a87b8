// SPDX-License-Identifier: Apache-2.0
// The edges of once, condition_variable, shared_mutex, semaphore and atomic, as publications: what
// one side wrote before the edge, the other reads after it, in plain variables.
#include <weft/atomic.h>
#include <weft/condition_variable.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/once.h>
#include <weft/semaphore.h>
#include <weft/shared_mutex.h>

#include <mutex>

#include "support/parcel.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class SyncContract : public with_procs {};
WEFT_INSTANTIATE_PROCS(SyncContract);

// E12: the end of the function happens before the return of every call.
// Non-edge: one call and another.
TEST_P(SyncContract, OncePublishesToEveryCaller) {
  run([] {
    for (int i = 0; i < scaled(5000); ++i) {
      parcel p;
      weft::once o;
      crew callers;
      for (int g = 0; g < 4; ++g) {
        callers.go([&, g] {
          if ((i + g) % 3 == 0) weft::yield();
          o.call([&] { p.write(i); });
          p.check(i);
        });
      }
    }
  });
}

TEST_P(SyncContract, OnceValuePublishesItsValue) {
  run([] {
    for (int i = 0; i < scaled(5000); ++i) {
      const auto made = weft::once_value([i] {
        parcel p;
        p.write(i);
        return p;
      });
      crew callers;
      for (int g = 0; g < 4; ++g) callers.go([&] { made().check(i); });
    }
  });
}

TEST_P(SyncContract, AThrowPublishesToLaterCalls) {
  run([] {
    for (int i = 0; i < scaled(2000); ++i) {
      parcel p;
      const auto f = weft::once_func([&] {
        p.write(i);
        throw i;
      });
      crew callers;
      for (int g = 0; g < 3; ++g) {
        callers.go([&] {
          try {
            f();
            ADD_FAILURE() << "no exception";
          } catch (const int thrown) {
            EXPECT_EQ(thrown, i);
          }
          p.check(i);
        });
      }
    }
  });
}

// E15: a notification happens before the return of the wait that it wakes, also without the lock.
// Non-edges: a notification that wakes nobody, one that wakes somebody else.
TEST_P(SyncContract, ANotificationWithoutTheLockPublishesToTheWaiter) {
  run([] {
    for (int i = 0; i < scaled(3000); ++i) {
      parcel p;
      weft::mutex m;
      weft::condition_variable cv;
      bool waits = false;
      crew waiters;
      waiters.go([&] {
        std::unique_lock hold(m);
        waits = true;
        cv.wait(hold);
        p.check(i);
      });
      for (bool there = false; !there; weft::yield()) {
        const std::lock_guard hold(m);
        there = waits;
      }
      p.write(i);
      if (i % 2 == 0) {
        cv.notify_one();
      } else {
        cv.notify_all();
      }
    }
  });
}

TEST_P(SyncContract, EachOfTwoNotifiersPublishesToTheOneItWakes) {
  run([] {
    for (int i = 0; i < scaled(2000); ++i) {
      std::array<parcel, 2> parcels;
      weft::mutex m;
      weft::condition_variable cv;
      std::array<bool, 2> waits{};
      crew waiters;
      const auto await = [&](std::size_t who) {
        for (bool there = false; !there; weft::yield()) {
          const std::lock_guard hold(m);
          there = waits[who];
        }
      };
      for (std::size_t who = 0; who < 2; ++who) {
        waiters.go([&, who] {
          std::unique_lock hold(m);
          waits[who] = true;
          cv.wait(hold);
          hold.unlock();
          parcels[who].check(i);
        });
        await(who);
      }
      // The waiters came in this order, and wake in it.
      for (parcel& p : parcels) {
        p.write(i);
        cv.notify_one();
      }
    }
  });
}

// E10: each unlock happens before later locks of either kind, each unlock_shared before the next
// lock. Non-edges: one reader and another; a try that fails.
TEST_P(SyncContract, SharedMutexWriterPublishesToReadersAndBack) {
  run([] {
    parcel p;
    weft::shared_mutex m;
    const int rounds = scaled(3000);
    crew all;
    p.write(0);
    for (int k = 0; k < 3; ++k) {
      all.go([&] {
        for (int i = 0; i < rounds; ++i) {
          m.lock_shared();
          p.check(p.words[0]);  // whole, whichever it is
          m.unlock_shared();
        }
      });
    }
    for (int i = 1; i <= rounds; ++i) {
      m.lock();
      p.write(i);
      m.unlock();
      if (i % 8 == 0) weft::yield();
    }
  });
}

// A release happens before the return of a later acquire.
TEST_P(SyncContract, SemaphorePublishes) {
  run([] {
    parcel p;
    weft::semaphore s(1);
    p.write(0);
    crew all;
    for (int k = 0; k < 4; ++k) {
      all.go([&] {
        for (int i = 0; i < scaled(2000); ++i) {
          s.acquire();
          p.check(p.words[0]);
          p.write(p.words[0] + 1);
          s.release();
        }
      });
    }
    all.join();
    p.check(4 * scaled(2000));
  });
}

// E13: who observes an atomic's effect sees what came before it.
TEST_P(SyncContract, AtomicPublishes) {
  run([] {
    for (int i = 1; i < scaled(3000); ++i) {
      parcel p;
      weft::atomic<int> ready = 0;
      crew all;
      all.go([&] {
        p.write(i);
        ready = i;
      });
      while (ready != i) weft::yield();
      p.check(i);
    }
  });
}

}  // namespace
}  // namespace weft_test
