// SPDX-License-Identifier: Apache-2.0
// mutex: exclusion, try_lock, hand-over, starvation.
#include <weft/chan.h>
#include <weft/mutex.h>
#include <weft/select.h>

#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

class Mutex : public with_procs {};
WEFT_INSTANTIATE_PROCS(Mutex);

// M01
TEST_P(Mutex, TryLockFailsWhileItIsLocked) {
  run([] {
    weft::mutex m;
    EXPECT_TRUE(m.try_lock());
    EXPECT_FALSE(m.try_lock());
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
    m.lock();
    crew other;
    other.go([&] { EXPECT_FALSE(m.try_lock()); });
    other.join();
    m.unlock();
  });
}

// M02
TEST_P(Mutex, HammeredItExcludes) {
  run([] {
    const int rounds = scaled(1000);
    weft::mutex m;
    long counter = 0;
    std::atomic<int> inside = 0;
    std::atomic<long> locked = 0;
    {
      crew all;
      for (int g = 0; g < 10; ++g) {
        all.go([&, g] {
          for (int i = 0; i < rounds; ++i) {
            if ((i + g) % 3 == 0) {
              if (!m.try_lock()) continue;
            } else {
              m.lock();
            }
            ASSERT_EQ(++inside, 1);
            ++counter;
            ++locked;
            if (i % 16 == 0) weft::yield();
            --inside;
            m.unlock();
          }
        });
      }
    }
    EXPECT_EQ(counter, locked);
    EXPECT_GE(counter, rounds);
  });
}

TEST_P(Mutex, WorksWithTheStandardGuards) {
  run([] {
    weft::mutex a;
    weft::mutex b;
    int counter = 0;
    {
      crew all;
      for (int g = 0; g < 4; ++g) {
        all.go([&, g] {
          for (int i = 0; i < 200; ++i) {
            if (g % 2 == 0) {
              const std::scoped_lock hold(a, b);
              ++counter;
            } else {
              const std::scoped_lock hold(b, a);
              ++counter;
            }
          }
        });
      }
    }
    EXPECT_EQ(counter, 800);
    std::unique_lock held(a, std::try_to_lock);
    EXPECT_TRUE(held.owns_lock());
    const std::unique_lock refused(a, std::try_to_lock);
    EXPECT_FALSE(refused.owns_lock());
  });
}

// M05
TEST_P(Mutex, AGreedyHolderDoesNotStarveTheOthers) {
  run([] {
    weft::mutex m;
    std::atomic<bool> over = false;
    crew greedy;
    greedy.go([&] {
      while (!over) {
        m.lock();
        const auto until = weft::clock::now() + 100us;
        while (weft::clock::now() < until) {
        }
        m.unlock();
      }
    });
    for (int i = 0; i < 10; ++i) {
      weft::sleep_for(100us);
      m.lock();  // for ever, if it were never handed over
      m.unlock();
    }
    over = true;
  });
}

// M06, step by step: overtaken once after its millisecond, the waiter is next, whoever else comes
TEST_P(Mutex, AStarvedWaiterIsHandedTheLockBeforeArrivals) {
  run([] {
    int handed = 0;
    for (int attempt = 0; attempt < 20; ++attempt) {
      weft::mutex m;
      std::atomic<bool> locked = false;
      std::atomic<bool> enough = false;
      std::vector<int> order;
      m.lock();
      crew waiters;
      waiters.go([&] {
        m.lock();
        locked = true;
        order.push_back(1);
        while (!enough) weft::yield();
        m.unlock();
      });
      ASSERT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
      weft::sleep_for(2ms);
      m.unlock();
      // It has been woken, and competes. If it wins, nothing can be learned this time.
      if (m.try_lock()) {
        ASSERT_TRUE(await_waiting(1, "sync.Mutex.Lock"));  // lost, and is starving now
        waiters.go([&] {
          const std::lock_guard hold(m);
          order.push_back(2);
        });
        ASSERT_TRUE(await_waiting(2, "sync.Mutex.Lock"));
        m.unlock();
        EXPECT_FALSE(m.try_lock()) << "an arrival overtook the starving waiter";
        ++handed;
        ASSERT_TRUE(eventually([&] { return locked.load(); }));
      }
      enough = true;
      waiters.join();
      EXPECT_EQ(order.front(), 1);
    }
    if (GetParam() == 1) {
      EXPECT_GT(handed, 0);
    }
  });
}

// M06
TEST_P(Mutex, AStarvedWaiterIsNotOvertakenForEver) {
  run([] {
    weft::mutex m;
    std::atomic<bool> over = false;
    std::atomic<int> served = 0;
    crew greedy;
    for (int g = 0; g < 3; ++g) {
      greedy.go([&] {
        while (!over) {
          const std::lock_guard hold(m);
          const auto until = weft::clock::now() + 300us;
          while (weft::clock::now() < until) {
          }
        }
      });
    }
    {
      crew patient;
      for (int g = 0; g < 4; ++g) {
        patient.go([&] {
          for (int i = 0; i < 5; ++i) {
            const std::lock_guard hold(m);
            ++served;
          }
        });
      }
    }
    over = true;
    EXPECT_EQ(served, 20);
  });
}

// M07
TEST_P(Mutex, AfterStarvationItIsAnOrdinaryMutexAgain) {
  run([] {
    weft::mutex m;
    m.lock();
    crew waiters;
    for (int i = 0; i < 3; ++i) {
      waiters.go([&] {
        m.lock();
        m.unlock();
      });
    }
    EXPECT_TRUE(await_waiting(3, "sync.Mutex.Lock"));
    weft::sleep_for(5ms);
    m.unlock();
    waiters.join();
    for (int i = 0; i < 1000; ++i) {
      ASSERT_TRUE(m.try_lock());
      m.unlock();
      m.lock();
      m.unlock();
    }
  });
}

// M08
TEST_P(Mutex, AnotherGoroutineMayUnlock) {
  run([] {
    weft::mutex m;
    m.lock();
    std::atomic<bool> locked = false;
    crew all;
    all.go([&] {
      m.lock();
      locked = true;
      m.unlock();
    });
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    EXPECT_FALSE(locked);
    all.go([&] { m.unlock(); });
    all.join();
    EXPECT_TRUE(locked);
  });
}

// M09
TEST_P(Mutex, AContenderParksWhileTheHolderIsParked) {
  run([] {
    weft::mutex m;
    const auto c = weft::make_chan<int>();
    crew all;
    all.go([&] {
      const std::lock_guard hold(m);
      EXPECT_EQ(c.recv(), 1);
    });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    all.go([&] { const std::lock_guard hold(m); });
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    c.send(1);
  });
}

TEST_P(Mutex, WaitersAreServedInTheirOrder) {
  run([] {
    weft::mutex m;
    std::vector<int> order;
    m.lock();
    crew waiters;
    for (int i = 0; i < 5; ++i) {
      waiters.go([&, i] {
        const std::lock_guard hold(m);
        order.push_back(i);
      });
      EXPECT_TRUE(await_waiting(static_cast<std::size_t>(i) + 1, "sync.Mutex.Lock"));
    }
    m.unlock();
    waiters.join();
    EXPECT_EQ(order.size(), 5U);
    EXPECT_EQ(order.front(), 0);
  });
}

// M14
TEST_P(Mutex, AThousandMutexesWorkSideBySide) {
  run([] {
    struct cell {
      weft::mutex m;
      int value = 0;
    };
    const auto cells = std::make_unique<cell[]>(1000);
    const int rounds = scaled(20);
    {
      crew all;
      for (int g = 0; g < 8; ++g) {
        all.go([&, g] {
          for (int r = 0; r < rounds; ++r) {
            for (int i = 0; i < 1000; ++i) {
              cell& c = cells[static_cast<std::size_t>((i * 7 + g * 125) % 1000)];
              const std::lock_guard hold(c.m);
              if (i % 100 == 0) weft::yield();
              ++c.value;
            }
          }
        });
      }
    }
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(cells[static_cast<std::size_t>(i)].value, 8 * rounds);
  });
}

// M14, many waiters on many mutexes at once
TEST_P(Mutex, AThousandHeldMutexesEachWithAWaiter) {
  run([] {
    const auto mutexes = std::make_unique<weft::mutex[]>(1000);
    for (int i = 0; i < 1000; ++i) mutexes[static_cast<std::size_t>(i)].lock();
    std::atomic<int> entered = 0;
    crew waiters;
    for (int i = 0; i < 1000; ++i) {
      waiters.go([&, i] {
        const std::lock_guard hold(mutexes[static_cast<std::size_t>(i)]);
        ++entered;
      });
    }
    weft::sleep_for(2ms);
    EXPECT_EQ(entered, 0);
    for (int i = 0; i < 1000; ++i) mutexes[static_cast<std::size_t>(i)].unlock();
    waiters.join();
    EXPECT_EQ(entered, 1000);
  });
}

// M15: a crowd on one mutex, and one waiter on each of its neighbours
TEST_P(Mutex, ManyWaitersOnOneAndSomeOnItsNeighboursAllGetOn) {
  run([] {
    const auto mutexes = std::make_unique<weft::mutex[]>(64);
    weft::mutex& crowded = mutexes[32];
    for (std::size_t i = 0; i < 64; ++i) mutexes[i].lock();
    std::atomic<int> served = 0;
    std::atomic<int> neighbours = 0;
    crew all;
    for (int i = 0; i < 500; ++i) {
      all.go([&] {
        const std::lock_guard hold(crowded);
        ++served;
      });
    }
    for (std::size_t i = 0; i < 64; ++i) {
      if (i == 32) continue;
      all.go([&, i] {
        const std::lock_guard hold(mutexes[i]);
        ++neighbours;
      });
    }
    EXPECT_TRUE(await_waiting(563, "sync.Mutex.Lock"));
    for (std::size_t i = 0; i < 64; ++i) {
      if (i != 32) mutexes[i].unlock();
    }
    EXPECT_TRUE(eventually([&] { return neighbours == 63; }));
    EXPECT_EQ(served, 0);
    crowded.unlock();
    all.join();
    EXPECT_EQ(served, 500);
  });
}

// C50 for mutexes
TEST_P(Mutex, PlainThreadsAndGoroutinesShareIt) {
  run([] {
    const int rounds = scaled(2000);
    weft::mutex m;
    long counter = 0;
    std::vector<std::thread> threads;
    crew goroutines;
    for (int g = 0; g < 3; ++g) {
      const auto work = [&] {
        for (int i = 0; i < rounds; ++i) {
          const std::lock_guard hold(m);
          ++counter;
          if (i % 256 == 0) weft::yield();
        }
      };
      threads.emplace_back(work);
      goroutines.go(work);
    }
    goroutines.join();
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    EXPECT_EQ(counter, 6L * rounds);
  });
}

TEST_P(Mutex, AGuardIsReleasedByAnExceptionThatUnwindsAcrossAPark) {
  run([] {
    weft::mutex m;
    try {
      const std::lock_guard hold(m);
      weft::yield();
      throw std::runtime_error("inside");
    } catch (const std::runtime_error&) {
      weft::sleep_for(1ms);
    }
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// M11
static_assert(!std::is_copy_constructible_v<weft::mutex>);
static_assert(!std::is_copy_assignable_v<weft::mutex>);
static_assert(!std::is_move_constructible_v<weft::mutex>);

}  // namespace
}  // namespace weft_test
