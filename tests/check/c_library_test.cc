// SPDX-License-Identifier: Apache-2.0
// c_library_test.cc: the standard library's locks, clocks and threads in a checked program.
// size: one list, in the order of the standard library's headers.

#include <weft/chan.h>
#include <weft/check.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <latch>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

namespace {

namespace check = weft::check;
using namespace std::chrono_literals;

const check::options k_all = {.strategy = check::exhaustive};

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

// Two goroutines do the same.
template <class F>
void both(F f) {
  weft::wait_group done;
  for (int i = 0; i < 2; ++i) done.go(f);
  done.wait();
}

template <class A, class B>
void side_by_side(A a, B b) {
  weft::wait_group done;
  done.go(a);
  done.go(b);
  done.wait();
}

template <class Mutex>
check::report count_under_a_lock() {
  return check::explore(
      [] {
        Mutex m;
        int n = 0;
        both([&] {
          std::lock_guard lock(m);
          ++n;
        });
        check::expect(n == 2);
      },
      k_all);
}

TEST(StdMutex, OrdersWhatItGuardsAsWeftsDoes) {
  check::report ours = count_under_a_lock<weft::mutex>();
  for (const check::report& r :
       {count_under_a_lock<std::mutex>(), count_under_a_lock<std::recursive_mutex>(),
        count_under_a_lock<std::timed_mutex>(), count_under_a_lock<std::shared_mutex>()}) {
    EXPECT_TRUE(r.ok()) << r;
    EXPECT_TRUE(r.complete) << r;
    EXPECT_GE(r.behaviours, ours.behaviours);
  }
}

TEST(StdMutex, GuardsNothingBesideIt) {
  check::report r = check::explore([] {
    std::mutex m;
    int n = 0;
    side_by_side(
        [&] {
          std::lock_guard lock(m);
          ++n;
        },
        [&] { ++n; });
  });
  EXPECT_EQ(r.races.size(), 1U) << r;
}

TEST(StdMutex, InOppositeOrdersIsADeadlock) {
  check::report r = check::explore([] {
    std::mutex a;
    std::mutex b;
    side_by_side(
        [&] {
          std::lock_guard first(a);
          std::lock_guard second(b);
        },
        [&] {
          std::lock_guard first(b);
          std::lock_guard second(a);
        });
  });
  ASSERT_EQ(r.deadlocks.size(), 1U) << r;
  EXPECT_TRUE(says(r.deadlocks[0].text, "held by g2")) << r;
  EXPECT_TRUE(says(r.deadlocks[0].text, "c_library_test.cc:")) << r;
}

TEST(StdMutex, HeldByOneThatWaitsBlocksTheOther) {
  check::report r = check::explore([] {
    std::mutex m;
    auto c = weft::make_chan<int>();
    side_by_side(
        [&] {
          std::lock_guard lock(m);
          c.send(1);
        },
        [&] {
          std::lock_guard lock(m);
          c.recv();
        });
  });
  EXPECT_EQ(r.deadlocks.size(), 1U) << r;
}

TEST(StdMutex, IsFreeAgainInTheNextExecution) {
  static std::mutex m;
  for (int i = 0; i < 3; ++i) {
    check::report r = check::explore([] {
      m.lock();
      check::expect(false);
    });
    EXPECT_EQ(r.failures.size(), 1U) << r;
    EXPECT_EQ(r.failures[0].what, "failed: an expectation of the test does not hold");
  }
  EXPECT_TRUE(m.try_lock());
  m.unlock();
}

TEST(StdMutex, IsTakenAgainByItsOwnerIfRecursive) {
  check::report r = check::explore(
      [] {
        std::recursive_mutex m;
        int n = 0;
        both([&] {
          std::lock_guard outer(m);
          std::lock_guard inner(m);
          check::expect(m.try_lock());
          m.unlock();
          ++n;
        });
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
  r = check::explore([] {
    std::mutex m;
    m.lock();
    m.lock();
  });
  EXPECT_EQ(r.deadlocks.size(), 1U) << r;
}

TEST(StdMutex, MisuseIsAFailure) {
  check::report r = check::explore([] {
    std::mutex m;
    m.lock();
    m.unlock();
    m.unlock();
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "misuse: unlock of an unlocked std::mutex")) << r;
  r = check::explore([] {
    std::mutex m;
    m.lock();
    weft::wait_group other;
    other.go([&] { m.unlock(); });
    other.wait();
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what, "that another goroutine has locked")) << r;
  r = check::explore([] {
    std::shared_mutex m;
    m.unlock_shared();
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
}

TEST(StdMutex, GivesUpWhenTheTimeIsOver) {
  check::report r = check::explore(
      [] {
        std::timed_mutex m;
        m.lock();
        weft::wait_group other;
        other.go([&] {
          auto start = std::chrono::steady_clock::now();
          check::expect(!m.try_lock_for(1h));
          check::expect(std::chrono::steady_clock::now() - start == 1h);
        });
        other.wait();
        m.unlock();
        check::expect(m.try_lock_until(std::chrono::system_clock::now() + 1s));
        m.unlock();
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdSharedMutex, IsSharedByReaders) {
  check::report r = check::explore(
      [] {
        std::shared_timed_mutex m;
        int n = 0;
        weft::wait_group done;
        for (int i = 0; i < 2; ++i) {
          done.go([&] {
            std::shared_lock lock(m);
            check::expect(n == 0 || n == 1);
          });
        }
        done.go([&] {
          std::unique_lock lock(m);
          ++n;
        });
        done.wait();
        check::expect(m.try_lock_for(1s));
        check::expect(!m.try_lock_shared_for(1s));
        m.unlock();
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdSharedMutex, ReadTwiceBesideAWriterIsADeadlock) {
  check::report r = check::explore([] {
    std::shared_mutex m;
    side_by_side(
        [&] {
          std::shared_lock outer(m);
          std::shared_lock inner(m);
        },
        [&] { std::unique_lock lock(m); });
  });
  EXPECT_EQ(r.deadlocks.size(), 1U) << r;
}

template <class Condition>
void hand_over(bool notify) {
  std::mutex m;
  Condition filled;
  int value = 0;
  side_by_side(
      [&] {
        std::unique_lock lock(m);
        filled.wait(lock, [&] { return value != 0; });
        check::expect(value == 42);
      },
      [&] {
        {
          std::lock_guard lock(m);
          value = 42;
        }
        if (notify) filled.notify_one();
      });
}

TEST(StdConditionVariable, WakesWhoWaits) {
  check::report r = check::explore([] { hand_over<std::condition_variable>(true); }, k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
  EXPECT_GE(r.executions, 2U) << r;
  r = check::explore([] { hand_over<std::condition_variable_any>(true); }, k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
  r = check::explore([] { hand_over<std::condition_variable>(false); }, k_all);
  EXPECT_EQ(r.deadlocks.size(), 1U) << r;
}

TEST(StdConditionVariable, WaitsAsLongAsItIsTold) {
  check::report r = check::explore(
      [] {
        std::mutex m;
        std::condition_variable never;
        std::unique_lock lock(m);
        auto start = std::chrono::steady_clock::now();
        check::expect(!never.wait_for(lock, 1h, [] { return false; }));
        check::expect(std::chrono::steady_clock::now() - start == 1h);
        check::expect(never.wait_until(lock, std::chrono::system_clock::now() + 1s) ==
                      std::cv_status::timeout);
        check::expect(lock.owns_lock());
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdCallOnce, CallsWhatTheFirstOneBrought) {
  check::report r = check::explore(
      [] {
        std::once_flag once;
        int calls = 0;
        int value = 0;
        auto c = weft::make_chan<int>(1);
        weft::wait_group done;
        for (int i = 1; i <= 2; ++i) {
          done.go([&, i] {
            std::call_once(once, [&, i] {
              c.send(i);
              ++calls;
              value = *c.recv();
              check::expect(value == i);
            });
            check::expect(calls == 1 && value != 0);
          });
        }
        done.wait();
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
  EXPECT_GE(r.executions, 2U) << r;
}

TEST(StdCallOnce, IsNoOperationOfAnExceptionThatIsThrown) {
  check::report r = check::explore(
      [] {
        both([] {
          try {
            throw std::runtime_error("caught");
          } catch (const std::runtime_error&) {
          }
        });
      },
      k_all);
  check::report quiet = check::explore([] { both([] {}); }, k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
  EXPECT_EQ(r.executions, quiet.executions);
}

TEST(StdCallOnce, CallsAgainWhatHasThrown) {
  check::report r = check::explore(
      [] {
        std::once_flag once;
        int calls = 0;
        both([&] {
          try {
            std::call_once(once, [&] {
              if (++calls == 1) throw std::runtime_error("not now");
            });
          } catch (const std::runtime_error&) {
          }
        });
        check::expect(calls == 2);
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdAtomicWait, MissesNoNotification) {
  check::report r = check::explore(
      [] {
        std::atomic<int> word = 0;
        side_by_side([&] { word.wait(0); },
                     [&] {
                       word = 1;
                       word.notify_one();
                     });
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdAtomicWait, OfWhatNobodyNotifiesIsADeadlock) {
  check::report r = check::explore([] {
    std::atomic<int> word = 0;
    side_by_side([&] { word.wait(0); }, [&] { word = 1; });
  });
  EXPECT_EQ(r.deadlocks.size(), 1U) << r;
}

TEST(StdLatch, LetsNobodyPassEarly) {
  check::report r = check::explore([] {
    std::latch ready(2);
    int x = 0;
    side_by_side(
        [&] {
          x = 1;
          ready.count_down();
        },
        [&] {
          ready.arrive_and_wait();
          check::expect(x == 1);
        });
  });
  EXPECT_TRUE(r.ok()) << r;
}

TEST(StdBarrier, LetsNobodyPassEarly) {
  check::report r = check::explore([] {
    std::barrier<> met(2);
    int x = 0;
    int y = 0;
    side_by_side(
        [&] {
          x = 1;
          met.arrive_and_wait();
          check::expect(y == 1);
        },
        [&] {
          y = 1;
          met.arrive_and_wait();
          check::expect(x == 1);
        });
  });
  EXPECT_TRUE(r.ok()) << r;
}

TEST(StdChrono, ShowsTheTimeOfTheTest) {
  check::report r = check::explore(
      [] {
        auto steady = std::chrono::steady_clock::now();
        auto system = std::chrono::system_clock::now();
        check::expect(steady == weft::clock::now());
        check::expect(system.time_since_epoch() == 946'684'800s, "the year 2000");
        std::this_thread::sleep_for(1h);
        std::this_thread::sleep_until(std::chrono::steady_clock::now() + 1s);
        sleep(2);
        usleep(3);
        check::expect(std::chrono::steady_clock::now() - steady == 1h + 3s + 3us);
        check::expect(std::chrono::system_clock::now() - system == 1h + 3s + 3us);
        timeval t{};
        gettimeofday(&t, nullptr);
        check::expect(t.tv_sec == 946'684'800 + 3603 && t.tv_usec == 3);
        check::expect(time(nullptr) == t.tv_sec);
        auto [ctx, cancel] =
            weft::with_deadline(weft::background(), std::chrono::steady_clock::now() + 1s);
        check::expect(!ctx.err());
        weft::sleep_for(1s);
        check::expect(static_cast<bool>(ctx.err()));
      },
      k_all);
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(StdThread, IsRefused) {
  check::report r = check::explore([] { std::thread([] {}).join(); });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_EQ(r.failures[0].what, "misuse: the test starts a thread; only goroutines are explored");
}

TEST(StdThread, AndLocksAndClocksAreTheirOwnOutside) {
  std::mutex m;
  std::condition_variable changed;
  std::once_flag once;
  int n = 0;
  auto start = std::chrono::steady_clock::now();
  {
    std::jthread first([&] {
      std::call_once(once, [] {});
      std::unique_lock lock(m);
      changed.wait(lock, [&] { return n == 1; });
      n = 2;
      changed.notify_all();
    });
    std::this_thread::sleep_for(1ms);
    std::unique_lock lock(m);
    n = 1;
    changed.notify_all();
    EXPECT_TRUE(changed.wait_for(lock, 100s, [&] { return n == 2; }));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, 1ms);
}

TEST(StdThread, BesideATestIsLeftAlone) {
  std::mutex m;
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::jthread other([&] {
    while (!stop) {
      std::lock_guard lock(m);
      auto block = std::make_unique<int>(1);
      rounds += *block;
      std::this_thread::sleep_for(1us);
    }
  });
  while (rounds == 0) std::this_thread::yield();
  check::report r = check::explore(
      [&] {
        std::mutex inside;
        int n = 0;
        both([&] {
          std::lock_guard lock(inside);
          auto block = std::make_unique<int>(1);
          n += *block;
        });
        check::expect(n == 2);
      },
      {.strategy = check::random, .max_executions = 20'000});
  EXPECT_TRUE(r.ok()) << r;
  int before = rounds;
  while (rounds == before) std::this_thread::yield();
  stop = true;
}

}  // namespace
