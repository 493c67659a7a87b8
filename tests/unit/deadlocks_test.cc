// SPDX-License-Identifier: Apache-2.0
// Rings of locks among some goroutines while others run.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/debug.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>

#include <mutex>
#include <set>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::debug::deadlock;
using weft::debug::find_deadlocks;

class Deadlocks : public with_procs {};
WEFT_INSTANTIATE_PROCS(Deadlocks);

std::set<std::string> names(const std::vector<weft::debug::blocked_goroutine>& all) {
  std::set<std::string> found;
  for (const auto& g : all) found.insert(g.name);
  return found;
}

// A ring is broken by unlocking its mutexes on behalf of their holders, as Go allows.
struct ring_of_two {
  weft::mutex a;
  weft::mutex b;
  weft::wait_group meet;
  weft::wait_group ended;

  void start() {
    meet.add(2);
    ended.add(2);
    weft::go({.name = "ab"}, [this] {
      a.lock();
      meet.done();
      meet.wait();
      b.lock();  // given up for us
      b.unlock();
      ended.done();
    });
    weft::go({.name = "ba"}, [this] {
      b.lock();
      meet.done();
      meet.wait();
      a.lock();
      a.unlock();
      ended.done();
    });
    EXPECT_TRUE(await_waiting(2, "sync.Mutex.Lock"));
  }
  void end() {
    a.unlock();
    b.unlock();
    ended.wait();
  }
};

TEST_P(Deadlocks, ARingOfTwoIsFoundWhileOthersRun) {
  run([] {
    std::atomic<bool> stop = false;
    crew others;
    others.go([&] {
      while (!stop) weft::yield();
    });
    EXPECT_TRUE(find_deadlocks().empty());
    ring_of_two ring;
    ring.start();
    const std::vector<deadlock> found = find_deadlocks();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(names(found[0].ring), (std::set<std::string>{"ab", "ba"})) << found[0];
    for (const auto& g : found[0].ring) {
      EXPECT_EQ(g.reason, "sync.Mutex.Lock");
      EXPECT_NE(g.stack.find("deadlocks_test.cc"), std::string::npos) << found[0];
      EXPECT_NE(g.object.find("mutex 0x"), std::string::npos) << found[0];
    }
    ring.end();
    EXPECT_TRUE(find_deadlocks().empty());
    stop = true;
  });
}

TEST_P(Deadlocks, WhoWaitsBehindTheRingIsNamed) {
  run([] {
    ring_of_two ring;
    ring.start();
    crew behind;
    behind.go([&] { std::scoped_lock hold(ring.a); });
    EXPECT_TRUE(await_waiting(3, "sync.Mutex.Lock"));
    const std::vector<deadlock> found = find_deadlocks();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(names(found[0].behind), (std::set<std::string>{"crew"})) << found[0];
    ring.end();
    behind.join();
  });
}

TEST_P(Deadlocks, OneThatLocksTwiceWaitsForItself) {
  run([] {
    weft::mutex m;
    crew all;
    all.go([&] {
      m.lock();
      m.lock();
      m.unlock();
    });
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    const std::vector<deadlock> found = find_deadlocks();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].ring.size(), 1U) << found[0];
    m.unlock();
    all.join();
  });
}

TEST_P(Deadlocks, AReaderThatWaitsForAWriterIsPartOfTheRing) {
  run([] {
    weft::shared_mutex a;
    weft::mutex b;
    weft::wait_group meet;
    meet.add(2);
    crew all;
    all.go([&] {
      a.lock();
      meet.done();
      meet.wait();
      b.lock();
      b.unlock();
    });
    all.go([&] {
      b.lock();
      meet.done();
      meet.wait();
      a.lock_shared();
      a.unlock_shared();
    });
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    EXPECT_TRUE(await_waiting(1, "sync.RWMutex.RLock"));
    EXPECT_EQ(find_deadlocks().size(), 1U);
    b.unlock();
    a.unlock();
    all.join();
  });
}

TEST_P(Deadlocks, ARingThroughAPlainThreadIsFound) {
  run([] {
    weft::mutex a;
    weft::mutex b;
    std::atomic<int> met = 0;
    std::thread plain([&] {
      a.lock();
      ++met;
      while (met != 2) std::this_thread::yield();
      b.lock();
      b.unlock();
    });
    crew all;
    all.go([&] {
      b.lock();
      ++met;
      while (met != 2) weft::yield();
      a.lock();
      a.unlock();
    });
    EXPECT_TRUE(eventually([] { return !find_deadlocks().empty(); }));
    a.unlock();
    b.unlock();
    plain.join();
    all.join();
  });
}

TEST_P(Deadlocks, HeavyUseIsNoDeadlock) {
  run([] {
    std::atomic<bool> stop = false;
    weft::mutex a;
    weft::mutex b;
    weft::shared_mutex s;
    crew all;
    for (int i = 0; i < 4; ++i) {
      all.go([&] {
        while (!stop) {
          std::scoped_lock hold(a, b);
          weft::yield();
        }
      });
      all.go([&] {
        while (!stop) {
          std::scoped_lock hold(b, a);
          std::unique_lock writer(s, std::try_to_lock);
          weft::yield();
        }
      });
    }
    for (int i = 0; i < scaled(60); ++i) EXPECT_TRUE(find_deadlocks().empty());
    stop = true;
  });
}

TEST_P(Deadlocks, AWatchCallsOnceForEach) {
  run([] {
    std::atomic<int> calls = 0;
    auto watch = weft::debug::watch_deadlocks(1ms, [&](const deadlock& d) {
      EXPECT_EQ(d.ring.size(), 2U) << d;
      ++calls;
    });
    ring_of_two ring;
    ring.start();
    EXPECT_TRUE(eventually([&] { return calls == 1; }));
    weft::sleep_for(20ms);
    EXPECT_EQ(calls, 1);
    ring.end();
    ring_of_two again;
    again.start();
    EXPECT_TRUE(eventually([&] { return calls == 2; }));
    again.end();
  });
}

}  // namespace
}  // namespace weft_test
