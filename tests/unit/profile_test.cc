// SPDX-License-Identifier: Apache-2.0
// Block and mutex profiles: who is charged, and with how much.
#include <weft/debug.h>
#include <weft/weft.h>

#include <atomic>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/parked.h"
#include "support/profiled.h"

namespace weft_test {
namespace {

class Profile : public with_procs {
 protected:
  void SetUp() override {
    with_procs::SetUp();
    weft::debug::set_block_profile_rate(1);
    weft::debug::set_mutex_profile_fraction(1);
  }
  void TearDown() override {
    weft::debug::set_block_profile_rate(0);
    weft::debug::set_mutex_profile_fraction(0);
    with_procs::TearDown();
  }
};
WEFT_INSTANTIATE_PROCS(Profile);

PROFILED blocks_in_recv(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  KEEP;
}
PROFILED blocks_in_send(const weft::chan<int>& c) {
  c.send(1);
  KEEP;
}
PROFILED blocks_until_close(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  KEEP;
}
PROFILED blocks_in_select(const weft::chan<int>& c, const weft::chan<int>& d) {
  weft::select(weft::on_recv(c), weft::on_recv(d));
  KEEP;
}
PROFILED blocks_in_mutex(weft::mutex& m) {
  m.lock();
  KEEP;
}
PROFILED blocks_in_lock_shared(weft::shared_mutex& m) {
  m.lock_shared();
  KEEP;
}
PROFILED blocks_in_wait(weft::wait_group& g) {
  g.wait();
  KEEP;
}
PROFILED blocks_in_acquire(weft::semaphore& s) {
  s.acquire();
  KEEP;
}
PROFILED blocks_in_cond(weft::condition_variable& c, weft::mutex& m) {
  std::unique_lock hold(m);
  c.wait(hold);
  KEEP;
}
PROFILED only_sleeps() {
  weft::sleep_for(1ms);
  KEEP;
}

// F01: one event each, at least as long as the party was seen waiting.
TEST_P(Profile, EveryWayToBlockIsRecordedWhereItBlocked) {
  const read_profile before = taken("block");
  run([] {
    const auto c = weft::make_chan<int>();
    const auto closed = weft::make_chan<int>();
    const auto d = weft::make_chan<int>();
    const auto e = weft::make_chan<int>();
    weft::mutex m;
    weft::mutex cm;
    weft::shared_mutex sm;
    weft::condition_variable cv;
    weft::wait_group wg;
    weft::semaphore sem(1);
    m.lock();
    sm.lock();
    sem.acquire();
    wg.add(1);
    crew all;
    all.go([=] { blocks_in_recv(c); });
    all.go([=] { blocks_in_send(d); });
    all.go([=] { blocks_until_close(closed); });
    all.go([=] { blocks_in_select(e, weft::make_chan<int>()); });
    all.go([&] { blocks_in_mutex(m); });
    all.go([&] { blocks_in_lock_shared(sm); });
    all.go([&] { blocks_in_wait(wg); });
    all.go([&] { blocks_in_acquire(sem); });
    all.go([&] { blocks_in_cond(cv, cm); });
    only_sleeps();
    EXPECT_TRUE(await_waiting(2, "chan receive"));
    for (const char* reason : {"chan send", "select", "sync.Mutex.Lock", "sync.RWMutex.RLock",
                               "sync.WaitGroup.Wait", "semacquire", "sync.Cond.Wait"})
      EXPECT_TRUE(await_waiting(1, reason)) << reason;
    weft::sleep_for(2ms);
    c.send(1);
    static_cast<void>(d.recv());
    closed.close();
    e.send(1);
    m.unlock();
    sm.unlock();
    wg.done();
    sem.release();
    cv.notify_one();
    all.join();
  });
  const read_profile after = taken("block");
  EXPECT_EQ(after.types, (std::vector<std::string>{"contentions/count", "delay/nanoseconds"}));
  EXPECT_EQ(after.period_type, "contentions/count");
  EXPECT_EQ(after.period, 1);
  for (const char* function : {"blocks_in_recv", "blocks_in_send", "blocks_until_close",
                               "blocks_in_select", "blocks_in_mutex", "blocks_in_lock_shared",
                               "blocks_in_wait", "blocks_in_acquire", "blocks_in_cond"}) {
    EXPECT_GE(after.sum(function, 0) - before.sum(function, 0), 1) << function;
    EXPECT_GE(after.sum(function, 1) - before.sum(function, 1), 2'000'000) << function;
    ASSERT_NE(after.find(function), nullptr) << function;
    for (const std::string& f : after.find(function)->functions)
      EXPECT_NE(f.rfind("weft::detail::", 0), 0U) << function << ": " << f;
    EXPECT_NE(after.find(function)->functions.front().find(function), 0U) << "the call comes first";
  }
  EXPECT_EQ(after.find("only_sleeps"), nullptr);
}

PROFILED plain_thread_waits(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  KEEP;
}

TEST_P(Profile, PlainThreadsCountToo) {
  const auto c = weft::make_chan<int>();
  const std::int64_t before = taken("block").sum("plain_thread_waits", 0);
  std::atomic<bool> ends = false;
  std::thread t([&] {
    while (!ends) plain_thread_waits(c);
  });
  run([&] {
    EXPECT_TRUE(eventually([&] {
      weft::sleep_for(1ms);
      c.send(1);
      return taken("block").sum("plain_thread_waits", 0) > before;
    }));
    ends = true;
    c.close();
  });
  t.join();
}

PROFILED hundred_wait_here(weft::mutex& m) {
  m.lock();
  m.unlock();
  KEEP;
}
PROFILED holds_up_a_hundred(weft::mutex& m) {
  m.unlock();
  KEEP;
}

// F03: the holder's unlock is charged with what all the others waited, to within what they
// themselves measured.
TEST_P(Profile, AnUnlockIsChargedWithWhatOthersWaited) {
  const read_profile before = taken("mutex");
  constexpr int k_waiters = 100;
  std::atomic<std::int64_t> least = 0;  // surely queued to surely not yet unlocked
  std::atomic<std::int64_t> most = 0;   // before the call to after the unlock
  run([&] {
    weft::mutex m;
    m.lock();
    std::atomic<std::int64_t> begun = 0;  // sum of the times at which they came
    const auto base = clock_type::now();
    crew all;
    for (int i = 0; i < k_waiters; ++i) {
      all.go([&] {
        begun += ns_since(base);
        hundred_wait_here(m);
      });
    }
    EXPECT_TRUE(await_waiting(k_waiters, "sync.Mutex.Lock"));
    const std::int64_t queued = ns_since(base);
    weft::sleep_for(20ms);
    least = k_waiters * (ns_since(base) - queued);
    holds_up_a_hundred(m);
    most = k_waiters * ns_since(base) - begun;
    all.join();
  });
  const read_profile after = taken("mutex");
  const std::int64_t charged =
      after.sum("holds_up_a_hundred", 1) - before.sum("holds_up_a_hundred", 1);
  EXPECT_EQ(after.sum("holds_up_a_hundred", 0) - before.sum("holds_up_a_hundred", 0), 1);
  EXPECT_GE(charged, least);
  EXPECT_LE(charged, most);
  ASSERT_NE(after.find("holds_up_a_hundred"), nullptr);
  EXPECT_EQ(after.find("holds_up_a_hundred")->functions.front(), "weft::mutex::unlock");
}

PROFILED writer_lets_go(weft::shared_mutex& m) {
  m.unlock();
  KEEP;
}
PROFILED last_reader_lets_go(weft::shared_mutex& m) {
  m.unlock_shared();
  KEEP;
}

TEST_P(Profile, UnlocksOfASharedMutexAreCharged) {
  const read_profile before = taken("mutex");
  run([&] {
    weft::shared_mutex m;
    crew readers;
    m.lock();
    for (int i = 0; i < 3; ++i) {
      readers.go([&] {
        m.lock_shared();
        m.unlock_shared();
      });
    }
    EXPECT_TRUE(await_waiting(3, "sync.RWMutex.RLock"));
    weft::sleep_for(2ms);
    writer_lets_go(m);
    readers.join();
    m.lock_shared();
    crew writer;
    writer.go([&] {
      m.lock();
      m.unlock();
    });
    EXPECT_TRUE(await_waiting(1, "sync.RWMutex.Lock"));
    weft::sleep_for(2ms);
    last_reader_lets_go(m);
    writer.join();
  });
  const read_profile after = taken("mutex");
  EXPECT_GE(after.sum("writer_lets_go", 1) - before.sum("writer_lets_go", 1), 3 * 2'000'000);
  EXPECT_GE(after.sum("last_reader_lets_go", 1) - before.sum("last_reader_lets_go", 1), 2'000'000);
}

PROFILED unlocks_unwatched(weft::mutex& m) {
  m.unlock();
  KEEP;
}

TEST_P(Profile, WhatIsOffRecordsNothing) {
  EXPECT_EQ(weft::debug::set_mutex_profile_fraction(0), 1);
  EXPECT_EQ(weft::debug::set_mutex_profile_fraction(-1), 0);
  weft::debug::set_block_profile_rate(0);
  run([] {
    weft::mutex m;
    m.lock();
    crew all;
    all.go([&] {
      m.lock();
      m.unlock();
    });
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    unlocks_unwatched(m);
    all.join();
  });
  EXPECT_EQ(taken("mutex").find("unlocks_unwatched"), nullptr);
}

PROFILED many_short_waits(const weft::chan<void>& to, const weft::chan<void>& back, int n) {
  for (int i = 0; i < n; ++i) {
    to.send();
    static_cast<void>(back.recv());
  }
  KEEP;
}

// F02: sampled, events count for those that were not, so that the sum stays right.
TEST_P(Profile, SamplingIsUnbiased) {
  std::int64_t sums[2];
  double per_turn[2];
  int i = 0;
  for (std::int64_t rate : {1, 20'000}) {
    const int n = scaled(rate == 1 ? 20'000 : 400'000);
    weft::debug::set_block_profile_rate(rate);
    const read_profile before = taken("block");
    run([=] {
      const auto to = weft::make_chan<void>();
      const auto back = weft::make_chan<void>();
      crew all;
      all.go([=] {
        for (int k = 0; k < n; ++k) {
          static_cast<void>(to.recv());
          back.send();
        }
      });
      many_short_waits(to, back, n);
      all.join();
    });
    const read_profile after = taken("block");
    per_turn[i] =
        static_cast<double>(after.sum("many_short_waits", 0) - before.sum("many_short_waits", 0)) /
        n;
    sums[i++] = after.sum("many_short_waits", 1) - before.sum("many_short_waits", 1);
  }
  // The two runs differ in what they waited; the count does not depend on that. What it may be off
  // by chance is far less than this.
  EXPECT_GT(per_turn[0], 0);
  EXPECT_GT(per_turn[1], 0.2 * per_turn[0]);
  EXPECT_LT(per_turn[1], 5.0 * per_turn[0]);
  EXPECT_GT(sums[1], 0);
}

PROFILED waits_long(const weft::chan<void>& c, std::atomic<bool>& about) {
  about = true;
  static_cast<void>(c.recv());
  KEEP;
}

// Where waits come so fast that few are measured, the long ones are recorded all the same, and
// stand for themselves alone.
TEST_P(Profile, ALongWaitAmongManyShortOnesCountsForItself) {
  weft::debug::set_block_profile_rate(10'000);
  const read_profile before = taken("block");
  std::int64_t measured = 0;
  run([&] {
    const auto to = weft::make_chan<void>();
    const auto back = weft::make_chan<void>();
    const auto rare = weft::make_chan<void>();
    std::atomic<bool> ends = false;
    std::atomic<bool> about = false;
    crew all;
    all.go([&] {
      while (!ends) {
        to.send();
        static_cast<void>(back.recv());
      }
      to.close();
    });
    all.go([&] {
      while (to.recv()) back.send();
    });
    all.go([&] {
      for (int i = 0; i < 20; ++i) {
        const auto begin = clock_type::now();
        waits_long(rare, about);
        measured += ns_since(begin);
      }
    });
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(eventually([&] { return about.exchange(false); }));
      weft::sleep_for(8ms);
      rare.send();
    }
    ends = true;
    all.join();
  });
  const read_profile after = taken("block");
  const auto profiled =
      static_cast<double>(after.sum("waits_long", 1) - before.sum("waits_long", 1));
  EXPECT_GT(profiled, 0.5 * static_cast<double>(measured));
  EXPECT_LT(profiled, 1.5 * static_cast<double>(measured));
}

PROFILED unlocks_sampled(weft::mutex& m) {
  m.unlock();
  KEEP;
}

// One of three contended unlocks or fewer, each for as many as were not recorded.
TEST(MutexProfile, SamplingIsUnbiased) {
  const unsigned procs = weft::set_procs(1);  // where the other one cannot but queue
  weft::debug::set_mutex_profile_fraction(3);
  const read_profile before = taken("mutex");
  constexpr int k_rounds = 2000;
  std::int64_t contended = 0;
  weft::run([&] {
    weft::mutex m;
    const auto next = weft::make_chan<void>();
    crew all;
    all.go([&] {
      while (next.recv()) {
        if (!m.try_lock()) {
          m.lock();
          ++contended;
        }
        m.unlock();
      }
    });
    for (int i = 0; i < k_rounds; ++i) {
      next.send();
      m.lock();
      weft::yield();
      const auto queued = clock_type::now();
      while (ns_since(queued) < 20'000) {
      }
      unlocks_sampled(m);
    }
    next.close();
    all.join();
  });
  weft::debug::set_mutex_profile_fraction(0);
  weft::set_procs(procs);
  const read_profile after = taken("mutex");
  const auto count = after.sum("unlocks_sampled", 0) - before.sum("unlocks_sampled", 0);
  const auto charged = after.sum("unlocks_sampled", 1) - before.sum("unlocks_sampled", 1);
  EXPECT_GT(contended, 0);
  EXPECT_GT(count, contended / 5);
  EXPECT_LT(count, contended * 5);
  // Each of them waited for this long at least.
  EXPECT_GE(charged, 20'000 * count);
}

TEST(ProfileKinds, AnUnknownOneIsAnError) {
  EXPECT_THROW(weft::debug::write_profile("nonsense", std::string("/dev/null")),
               std::invalid_argument);
  EXPECT_THROW(weft::debug::write_profile("mutex", std::string("/nonexistent/file")),
               std::system_error);
}

// F07
TEST(ProfileKinds, AreAllValidWhateverThereIs) {
  for (const std::string& kind : weft::debug::profile_kinds()) {
    const read_profile p = taken(kind);
    EXPECT_FALSE(p.types.empty()) << kind;
    EXPECT_GT(p.time_ns, 0) << kind;
    EXPECT_FALSE(text_of(kind).empty()) << kind;
  }
}

}  // namespace
}  // namespace weft_test
