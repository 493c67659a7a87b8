// SPDX-License-Identifier: Apache-2.0
// The scheduler: nobody starves, blocked threads are replaced, memory stays bounded.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/select.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Scheduler : public with_procs {};
WEFT_INSTANTIATE_PROCS(Scheduler);

// R18: each member spins until its neighbour has spun, so all must run at the same time
void spin_ring(unsigned members, int laps) {
  std::atomic<long> turn = 0;
  crew ring;
  for (unsigned me = 0; me < members; ++me) {
    ring.go([&turn, me, members, laps] {
      for (int lap = 0; lap < laps; ++lap) {
        const long mine = static_cast<long>(lap) * members + me;
        while (turn != mine) {
        }
        ++turn;
      }
    });
  }
}

TEST_P(Scheduler, ARingOfSpinningGoroutinesGetsEveryProcessor) {
  run([] { spin_ring(GetParam(), 3); });
}

// R19
TEST_P(Scheduler, NestedParallelSectionsGetEveryProcessor) {
  run([] {
    crew outer;
    for (int i = 0; i < 2; ++i) {
      outer.go([] { spin_ring(GetParam(), 2); });
    }
  });
}

TEST_P(Scheduler, ALongComputationDoesNotHoldUpTheOthers) {
  run([] {
    std::atomic<bool> over = false;
    std::atomic<int> progress = 0;
    crew all;
    for (unsigned i = 0; i < GetParam() + 1; ++i) {
      all.go([&] {
        while (!over) {
        }
      });
    }
    all.go([&] {
      for (int i = 0; i < 100; ++i) {
        ++progress;
        weft::yield();
      }
      over = true;
    });
    all.join();
    EXPECT_EQ(progress, 100);
  });
}

// More of them than a single spare worker makes up for, and the work that waits is a timer.
TEST_P(Scheduler, ManyLongComputationsDoNotHoldUpASleeper) {
  run([] {
    std::atomic<bool> over = false;
    std::atomic<int> started = 0;
    crew all;
    for (unsigned i = 0; i < 2 * GetParam() + 2; ++i) {
      all.go([&] {
        ++started;
        while (!over) {
        }
      });
    }
    weft::sleep_for(30ms);
    EXPECT_TRUE(eventually([&] { return started == static_cast<int>(2 * GetParam() + 2); }));
    over = true;
  });
}

TEST_P(Scheduler, AStandardMutexHeldElsewhereDoesNotHoldUpTheOthers) {
  run([] {
    std::mutex native;
    std::condition_variable wake;
    bool released = false;
    crew all;
    for (unsigned i = 0; i < GetParam(); ++i) {
      all.go([&] {
        std::unique_lock hold(native);
        wake.wait(hold, [&] { return released; });
      });
    }
    all.go([&] {
      for (int i = 0; i < 10; ++i) weft::yield();
      {
        const std::lock_guard hold(native);
        released = true;
      }
      wake.notify_all();
    });
  });
}

// R30
TEST_P(Scheduler, BlockingHandsTheProcessorOn) {
  run([] {
    std::mutex native;
    std::condition_variable wake;
    bool released = false;
    crew all;
    for (unsigned i = 0; i < 2 * GetParam(); ++i) {
      all.go([&] {
        weft::blocking([&] {
          std::unique_lock hold(native);
          wake.wait(hold, [&] { return released; });
        });
      });
    }
    const auto c = weft::make_chan<int>();
    all.go([=] {
      for (int i = 0; i < 100; ++i) c.send(i);
    });
    for (int i = 0; i < 100; ++i) EXPECT_EQ(c.recv(), i);
    {
      const std::lock_guard hold(native);
      released = true;
    }
    wake.notify_all();
  });
}

TEST_P(Scheduler, BlockingGivesItsResultAndItsException) {
  run([] {
    EXPECT_EQ(weft::blocking([] { return 7; }), 7);
    const auto moved = weft::blocking([] { return std::make_unique<int>(8); });
    EXPECT_EQ(*moved, 8);
    int target = 0;
    int& referred = weft::blocking([&]() -> int& { return target; });
    EXPECT_EQ(&referred, &target);
    weft::blocking([&] { target = 9; });
    EXPECT_EQ(target, 9);
    EXPECT_THROW(weft::blocking([] { throw std::runtime_error("inside"); }), std::runtime_error);
    weft::blocking([] { weft::blocking([] { std::this_thread::sleep_for(100us); }); });
  });
  EXPECT_EQ(weft::blocking([] { return 1; }), 1) << "from a plain thread";
}

TEST_P(Scheduler, PrimitivesWorkInsideBlocking) {
  run([] {
    const auto c = weft::make_chan<int>();
    crew all;
    all.go([=] {
      weft::blocking([=] {
        for (int i = 0; i < 10; ++i) c.send(i);
      });
    });
    for (int i = 0; i < 10; ++i) EXPECT_EQ(c.recv(), i);
  });
}

// R31
TEST_P(Scheduler, ManyBlockedCallsAtOnce) {
  run([] {
    std::mutex native;
    std::condition_variable wake;
    bool released = false;
    std::atomic<int> inside = 0;
    crew all;
    for (int i = 0; i < 100; ++i) {
      all.go([&] {
        weft::blocking([&] {
          ++inside;
          std::unique_lock hold(native);
          wake.wait(hold, [&] { return released; });
        });
      });
    }
    EXPECT_TRUE(eventually([&] { return inside == 100; }));
    {
      const std::lock_guard hold(native);
      released = true;
    }
    wake.notify_all();
  });
}

// R29
TEST_P(Scheduler, NewThreadsDoNotInheritWhatAGoroutineDidToItsThread) {
  run([] {
    constexpr int n = 20;
    std::atomic<int> inside = 0;
    std::atomic<int> altered = 0;
    std::atomic<bool> over = false;
    const auto is_blocked = [] {
      sigset_t mask;
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      return sigismember(&mask, SIGUSR2) == 1;
    };
    crew all;
    for (int i = 0; i < n; ++i) {
      all.go([&] {
        weft::blocking([&] {
          if (is_blocked()) ++altered;
          ++inside;
          while (!over) std::this_thread::yield();
        });
      });
    }
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &one, nullptr);
    // From here, from this thread, others are started to go on in its place.
    weft::blocking([&] {
      while (inside < n) std::this_thread::yield();
      pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
      over = true;
    });
    all.join();
    EXPECT_EQ(altered, 0);
  });
}

// R21: a pair whose turns are long and one whose turns are short share the processor in time
TEST_P(Scheduler, APingPongPairOfLongTurnsLeavesALightPairItsShare) {
  run([] {
    std::atomic<bool> over = false;
    const auto pair = [&](crew& all, std::atomic<long>& work, int steps) {
      const auto wake = weft::make_chan<bool>();
      for (int i = 0; i < 2; ++i) {
        all.go([=, &over, &work] {
          while (wake.recv()) {
            for (int k = 0; k < steps; ++k) work.fetch_add(1, std::memory_order_relaxed);
            if (over) {
              wake.close();
              return;
            }
            wake.send(true);
          }
        });
      }
      wake.send(true);
    };
    std::atomic<long> hog = 0;
    std::atomic<long> light = 0;
    crew all;
    pair(all, hog, 100'000);
    pair(all, light, 100);
    // Where the order is shuffled, turns are shared, and not time.
    const bool by_time = GetParam() == 1 && !k_sanitized && std::getenv("WEFT_DEBUG") == nullptr;
    const long least = by_time ? 10'000'000 : 2'000;
    // Watched by a thread: a goroutine that wakes up to look would take turns too.
    const auto reached = weft::make_chan<void>();
    std::thread watcher([&] {
      while (light < least || hog < least) std::this_thread::sleep_for(1ms);
      reached.close();
    });
    reached.recv();
    over = true;
    all.join();
    watcher.join();
    if (by_time) {
      EXPECT_LT(hog, 20 * light);
      EXPECT_LT(light, 20 * hog);
    }
  });
}

// R21: two that start children and wait for them, and can go on so for ever between themselves,
// each with a child that is kicked out of run_next by the other's; a third one must have its turn
TEST_P(Scheduler, StartingChildrenForEverKeepsNobodyOut) {
  run([] {
    for (int trial = 0; trial < scaled(20); ++trial) {
      std::atomic<bool> over = false;
      std::atomic<int> third = 0;
      const auto second_may_start = weft::make_chan<void>();
      const auto child_each_time = [&over](const weft::chan<bool>& answer) {
        while (!over) {
          weft::go([=] { answer.send(true); });
          answer.recv();
        }
      };
      crew all;
      all.go([&] {
        const auto answer = weft::make_chan<bool>();
        weft::go([=] { answer.send(true); });
        weft::go([=] { second_may_start.close(); });
        answer.recv();
        child_each_time(answer);
      });
      all.go([&] {
        second_may_start.recv();
        child_each_time(weft::make_chan<bool>());
      });
      all.go([&] {
        for (; !over; ++third) weft::yield();
      });
      // Watched by a thread: a goroutine that wakes up to look would take turns too.
      const auto reached = weft::make_chan<void>();
      std::thread watcher([&] {
        while (third < 10) std::this_thread::yield();
        reached.close();
      });
      reached.recv();
      over = true;
      all.join();
      watcher.join();
    }
  });
}

// R33
TEST_P(Scheduler, SpawningForEverTakesBoundedMemory) {
  run([] {
    const auto batch = [](int n) {
      weft::wait_group wg;
      wg.add(n);
      for (int i = 0; i < n; ++i) weft::go([&] { wg.done(); });
      wg.wait();
    };
    for (int i = 0; i < 10; ++i) batch(1000);
    const auto before = resident_bytes();
    for (int i = 0; i < scaled(100); ++i) batch(1000);
    if (!k_sanitized) {
      EXPECT_LT(resident_bytes(), before + (std::size_t{32} << 20));
    }
  });
}

// R35
TEST_P(Scheduler, WorkSubmittedWhileWorkersGoToSleepIsRun) {
  run([] {
    for (int i = 0; i < scaled(300); ++i) {
      std::atomic<int> ran = 0;
      std::vector<std::thread> threads;
      for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] { weft::go([&] { ++ran; }); });
      }
      weft::blocking([&] {
        for (auto& t : threads) t.join();
      });
      ASSERT_TRUE(eventually([&] { return ran == 2; }));
    }
  });
}

// Work comes just when the last worker falls asleep, again and again: the monitor must not take
// that for idleness and sleep while a goroutine runs on.
TEST_P(Scheduler, TheMonitorIsAwakeWheneverSomethingRuns) {
  const int rounds = scaled(160) / static_cast<int>(GetParam());
  for (int i = 0; i < rounds; ++i) {
    std::atomic<int> waiting = static_cast<int>(GetParam());
    std::atomic<bool> released = false;
    weft::wait_group all;
    all.go([] {});
    const auto falls_asleep = weft::clock::now() + std::chrono::microseconds(i * 7 % 60);
    while (weft::clock::now() < falls_asleep) {
    }
    for (unsigned p = 0; p < GetParam(); ++p) {
      all.go([&] {
        --waiting;
        while (!released) {
        }
      });
    }
    all.go([&] {
      while (waiting != 0) weft::yield();
      released = true;
    });
    // Naps of a plain thread as the measure: they get longer too where the machine is overloaded.
    int naps = 0;
    while (!released && naps < 500) {
      std::this_thread::sleep_for(10ms);
      ++naps;
    }
    EXPECT_LT(naps, 500);
    all.wait();
  }
}

TEST_P(Scheduler, AnIdleRuntimeSleeps) {
  run([] {
    weft::sleep_for(20ms);
    const auto before = cpu_time();
    const auto start = weft::clock::now();
    weft::sleep_for(300ms);
    const auto burnt = cpu_time() - before;
    EXPECT_LT(burnt, (weft::clock::now() - start) / 2) << "an idle process burns processor time";
  });
}

// R38
thread_local int t_marker = 0;
[[gnu::noinline]] int* marker_of_this_thread() {
  int* p = &t_marker;
  asm volatile("" : "+r"(p));
  return p;
}
[[gnu::noinline]] std::thread::id id_of_this_thread() {
  asm volatile("" ::: "memory");
  return std::this_thread::get_id();
}

TEST_P(Scheduler, AfterAParkThreadLocalsAreThoseOfTheThreadItRunsOn) {
  run([] {
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([] {
        for (int i = 0; i < 200; ++i) {
          int* const mine = marker_of_this_thread();
          const auto id = id_of_this_thread();
          weft::yield();
          ASSERT_EQ(marker_of_this_thread() == mine, id_of_this_thread() == id);
        }
      });
    }
  });
}

}  // namespace
}  // namespace weft_test
