// SPDX-License-Identifier: Apache-2.0
// Lock orders that could deadlock, and foreign locks held across a park: assertion level 3.
#include <weft/chan.h>
#include <weft/condition_variable.h>
#include <weft/debug.h>
#include <weft/mutex.h>
#include <weft/shared_mutex.h>

#include <mutex>
#include <shared_mutex>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::debug::foreign_lock;
using weft::debug::lock_inversion;

// Collects the reports of a test. What runs at other levels reports nothing.
class LockOrder : public with_procs {
 protected:
  void SetUp() override {
    if (WEFT_ASSERT_LEVEL < 3) GTEST_SKIP() << "needs assertion level 3";
    with_procs::SetUp();
    weft::debug::on_lock_inversion([this](const lock_inversion& i) {
      const std::lock_guard hold(lock_);
      inversions_.push_back(i);
    });
    weft::debug::on_foreign_lock([this](const foreign_lock& l) {
      const std::lock_guard hold(lock_);
      foreign_.push_back(l);
    });
  }
  void TearDown() override {
    if (WEFT_ASSERT_LEVEL < 3) return;
    weft::debug::on_lock_inversion({});
    weft::debug::on_foreign_lock({});
    with_procs::TearDown();
  }

  // Runs f in a goroutine of its own, to its end.
  template <class F>
  static void in_turn(const char* name, F f) {
    weft::wait_group done;
    done.add(1);
    weft::go({.name = name}, [&] {
      f();
      done.done();
    });
    done.wait();
  }

  std::mutex lock_;  // guards the rest
  std::vector<lock_inversion> inversions_;
  std::vector<foreign_lock> foreign_;
};
WEFT_INSTANTIATE_PROCS(LockOrder);

template <class A, class B>
void both(A& a, B& b) {
  const std::lock_guard hold_a(a);
  const std::lock_guard hold_b(b);
}

TEST_P(LockOrder, TwoOrdersAreReportedThoughNobodyWaited) {
  run([&] {
    weft::mutex a;
    weft::mutex b;
    in_turn("first", [&] { both(a, b); });
    EXPECT_TRUE(inversions_.empty());
    in_turn("second", [&] { both(b, a); });
    ASSERT_EQ(inversions_.size(), 1U);
    const lock_inversion& i = inversions_[0];
    ASSERT_EQ(i.ring.size(), 2U) << i;
    EXPECT_EQ(i.ring[0].name, "second") << i;
    EXPECT_EQ(i.ring[1].name, "first") << i;
    EXPECT_EQ(i.ring[0].held, i.ring[1].wanted) << i;
    for (const auto& step : i.ring) {
      EXPECT_NE(step.stack.find("lock_order_test.cc"), std::string::npos) << i;
      EXPECT_FALSE(step.held_at.empty()) << i;
    }
    in_turn("again", [&] { both(b, a); });
    EXPECT_EQ(inversions_.size(), 1U) << "told once";
  });
}

TEST_P(LockOrder, ARingOfThreeIsFound) {
  run([&] {
    weft::mutex a;
    weft::shared_mutex b;
    weft::mutex c;
    in_turn("ab", [&] { both(a, b); });
    in_turn("bc", [&] {
      const std::shared_lock hold(b);
      const std::lock_guard hold_c(c);
    });
    EXPECT_TRUE(inversions_.empty());
    in_turn("ca", [&] { both(c, a); });
    ASSERT_EQ(inversions_.size(), 1U);
    EXPECT_EQ(inversions_[0].ring.size(), 3U) << inversions_[0];
  });
}

TEST_P(LockOrder, ALongChainOfLocksIsFollowedOnASmallStack) {
  run([&] {
    std::vector<weft::mutex> chain(static_cast<std::size_t>(scaled(8'000)));
    weft::mutex first;
    for (std::size_t i = chain.size() - 1; i > 0; --i) both(chain[i], chain[i - 1]);
    in_turn("one more", [&] { both(first, chain.back()); });
    EXPECT_TRUE(inversions_.empty());
  });
}

TEST_P(LockOrder, WithManyLocksHeldTheLatestAreSeen) {
  run([&] {
    std::vector<weft::mutex> held(static_cast<std::size_t>(scaled(500)));
    weft::mutex last;
    in_turn("many", [&] {
      for (weft::mutex& m : held) m.lock();
      last.lock();
      last.unlock();
      for (weft::mutex& m : held) m.unlock();
    });
    in_turn("two", [&] { both(last, held.back()); });
    ASSERT_EQ(inversions_.size(), 1U);
    EXPECT_EQ(inversions_[0].ring.size(), 2U) << inversions_[0];
  });
}

TEST_P(LockOrder, OneOrderTryLockAndScopedLockAreSilent) {
  run([&] {
    weft::mutex a;
    weft::mutex b;
    for (int i = 0; i < 3; ++i) in_turn("ordered", [&] { both(a, b); });
    in_turn("tries", [&] {
      const std::lock_guard hold(b);
      EXPECT_TRUE(a.try_lock());
      a.unlock();
    });
    weft::mutex c;
    weft::mutex d;
    weft::wait_group all;
    for (int i = 0; i < 4; ++i) {
      all.go([&] {
        for (int k = 0; k < scaled(200); ++k) const std::scoped_lock hold(c, d);
      });
      all.go([&] {
        for (int k = 0; k < scaled(200); ++k) const std::scoped_lock hold(d, c);
      });
    }
    all.wait();
    for (const auto& i : inversions_) ADD_FAILURE() << i;
  });
}

TEST_P(LockOrder, AGateKeepsTwoOrdersApart) {
  run([&] {
    weft::mutex gate;
    weft::mutex a;
    weft::mutex b;
    in_turn("ab", [&] {
      const std::lock_guard hold(gate);
      both(a, b);
    });
    in_turn("ba", [&] {
      const std::lock_guard hold(gate);
      both(b, a);
    });
    for (const auto& i : inversions_) ADD_FAILURE() << i;
    in_turn("no gate", [&] { both(b, a); });
    EXPECT_EQ(inversions_.size(), 1U) << "a gate in one of the two is none";
  });
}

TEST_P(LockOrder, ADeadMutexLeavesNoOrderBehind) {
  run([&] {
    weft::mutex a;
    for (int i = 0; i < 20; ++i) {
      alignas(weft::mutex) unsigned char place[sizeof(weft::mutex)];
      auto* b = ::new (static_cast<void*>(place)) weft::mutex;
      if (i % 2 == 0) {
        both(a, *b);
      } else {
        both(*b, a);
      }
      b->~mutex();
    }
    for (const auto& i : inversions_) ADD_FAILURE() << i;
  });
}

TEST_P(LockOrder, ALockGivenUpByAnotherIsNotHeldForEver) {
  run([&] {
    weft::mutex a;
    weft::mutex b;
    in_turn("locks", [&] { a.lock(); });
    in_turn("unlocks", [&] { a.unlock(); });
    both(b, a);
    in_turn("locks", [&] { both(b, a); });
    for (const auto& i : inversions_) ADD_FAILURE() << i;
  });
}

TEST_P(LockOrder, AStandardMutexHeldAcrossAParkIsReported) {
  run([&] {
    const auto c = weft::make_chan<int>();
    std::mutex foreign;
    weft::wait_group all;
    all.go([&] {
      foreign.lock();
      static_cast<void>(c.recv());
      // Undefined on another thread, which is why it is reported; here the mutex just ends.
    });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    c.send(1);
    all.wait();
    const std::lock_guard hold(lock_);
#if WEFT_RACE || WEFT_HAS_ASAN
    EXPECT_TRUE(foreign_.empty());
#else
    ASSERT_EQ(foreign_.size(), 1U);
    EXPECT_EQ(foreign_[0].reason, "chan receive") << foreign_[0];
    EXPECT_NE(foreign_[0].stack.find("lock_order_test.cc"), std::string::npos) << foreign_[0];
    EXPECT_NE(foreign_[0].held_at.find("lock"), std::string::npos) << foreign_[0];
#endif
  });
}

TEST_P(LockOrder, AStandardMutexThatIsUnlockedFirstIsSilent) {
  run([&] {
    const auto c = weft::make_chan<int>(1);
    std::mutex foreign;
    std::recursive_mutex twice;
    for (int i = 0; i < 10; ++i) {
      {
        const std::scoped_lock hold(foreign, twice);
        const std::lock_guard again(twice);
      }
      weft::yield();
      weft::sleep_for(10us);
    }
    const std::lock_guard hold(lock_);
    for (const auto& l : foreign_) ADD_FAILURE() << l;
  });
}

}  // namespace
}  // namespace weft_test
