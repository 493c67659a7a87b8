// SPDX-License-Identifier: Apache-2.0
// spinlock: exclusion, and progress on one processor.
#include <weft/spinlock.h>

#include <mutex>
#include <thread>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Spinlock : public with_procs {};
WEFT_INSTANTIATE_PROCS(Spinlock);

TEST_P(Spinlock, ExcludesAndPublishes) {
  run([] {
    weft::spinlock lock;
    long count = 0;
    crew all;
    for (int k = 0; k < 8; ++k) {
      all.go([&] {
        for (int i = 0; i < scaled(5000); ++i) {
          std::scoped_lock hold(lock);
          ++count;
        }
      });
    }
    all.join();
    EXPECT_EQ(count, 8L * scaled(5000));
  });
}

// The holder yields while others spin: they must let it run, also on a single processor.
TEST_P(Spinlock, AHolderThatYieldsGetsItsTurn) {
  run([] {
    weft::spinlock lock;
    long count = 0;
    crew all;
    for (int k = 0; k < 4; ++k) {
      all.go([&] {
        for (int i = 0; i < scaled(300); ++i) {
          std::scoped_lock hold(lock);
          long before = count;
          weft::yield();
          count = before + 1;
        }
      });
    }
    all.join();
    EXPECT_EQ(count, 4L * scaled(300));
  });
}

TEST_P(Spinlock, TryLockSaysWhetherItLocked) {
  run([] {
    weft::spinlock lock;
    EXPECT_TRUE(lock.try_lock());
    EXPECT_FALSE(lock.try_lock());
    lock.unlock();
    EXPECT_TRUE(lock.try_lock());
    lock.unlock();
  });
}

TEST_P(Spinlock, PlainThreadsToo) {
  run([] {
    weft::spinlock lock;
    long count = 0;
    std::vector<std::thread> threads;
    for (int k = 0; k < 3; ++k) {
      threads.emplace_back([&] {
        for (int i = 0; i < scaled(2000); ++i) {
          std::scoped_lock hold(lock);
          ++count;
        }
      });
    }
    for (int i = 0; i < scaled(2000); ++i) {
      std::scoped_lock hold(lock);
      ++count;
    }
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    EXPECT_EQ(count, 4L * scaled(2000));
  });
}

}  // namespace
}  // namespace weft_test
