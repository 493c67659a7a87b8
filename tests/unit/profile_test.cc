// SPDX-License-Identifier: Apache-2.0
// Block, mutex and goroutine profiles: who is charged, with how much, and how it is written.
#include <weft/debug.h>
#include <weft/weft.h>

#include <atomic>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/parked.h"
#include "support/profile_reader.h"

namespace weft_test {
namespace {

using clock_type = std::chrono::steady_clock;

read_profile taken(std::string_view kind) {
  std::ostringstream out;
  weft::debug::write_profile(kind, out);
  return read_profile(std::move(out).str());
}

std::string text_of(std::string_view kind) {
  std::ostringstream out;
  weft::debug::write_profile(kind, out, weft::debug::profile_format::text);
  return std::move(out).str();
}

std::int64_t ns_since(clock_type::time_point begin) {
  return std::chrono::nanoseconds(clock_type::now() - begin).count();
}

// Each case has functions of its own to look for, for profiles add up while the process lives.
#define PROFILED [[gnu::noinline]] static void
// Not a jump, and not the same code as another's, which the compiler would make one of.
#define KEEP asm volatile("# %0" ::"i"(__LINE__))

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
PROFILED blocks_in_lock(weft::mutex& m) {
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
    all.go([&] { blocks_in_lock(m); });
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
                               "blocks_in_select", "blocks_in_lock(", "blocks_in_lock_shared",
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
  EXPECT_EQ(after.find("holds_up_a_hundred")->functions.front(), "weft::mutex::unlock()");
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
  const int n = scaled(40000);
  std::int64_t sums[2];
  std::int64_t counts[2];
  int i = 0;
  for (std::int64_t rate : {1, 20'000}) {
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
    counts[i] = after.sum("many_short_waits", 0) - before.sum("many_short_waits", 0);
    sums[i++] = after.sum("many_short_waits", 1) - before.sum("many_short_waits", 1);
  }
  // The two runs differ in what they waited; the count does not depend on that. What it may be off
  // by chance is far less than this.
  EXPECT_GT(counts[0], 0);
  EXPECT_GT(counts[1], 0.5 * static_cast<double>(counts[0]));
  EXPECT_LT(counts[1], 2.0 * static_cast<double>(counts[0]));
  EXPECT_GT(sums[1], 0);
}

TEST_P(Profile, GoroutinesAreGroupedByStackAndCounted) {
  run([] {
    const auto c = weft::make_chan<int>();
    crew all;
    for (int i = 0; i < 50; ++i) all.go([=] { blocks_in_recv(c); });
    for (int i = 0; i < 40; ++i) all.go([=] { blocks_until_close(c); });
    EXPECT_TRUE(await_waiting(90, "chan receive"));
    const read_profile p = taken("goroutine");
    EXPECT_EQ(p.types, std::vector<std::string>{"goroutine/count"});
    EXPECT_EQ(p.sum("blocks_in_recv", 0), 50);
    EXPECT_EQ(p.sum("blocks_until_close", 0), 40);
    ASSERT_NE(p.find("blocks_in_recv"), nullptr);
    EXPECT_NE(p.find("blocks_in_recv")->labels.at("created_by").find("with_procs.h:"),
              std::string::npos);
    const std::string text = text_of("goroutine");
    EXPECT_EQ(text.rfind("goroutine profile: total ", 0), 0U) << text;
    const std::size_t fifty = text.find("\n50 @ 0x");
    const std::size_t forty = text.find("\n40 @ 0x");
    EXPECT_LT(fifty, forty) << text;
    EXPECT_NE(forty, std::string::npos) << text;
    c.close();
    all.join();
  });
}

TEST_P(Profile, LabelsAreInheritedAndRestored) {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  run([] {
    EXPECT_EQ(weft::debug::labels(), pairs{});
    weft::debug::set_labels({{"b", "2"}, {"a", "1"}, {"b", "3"}});
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    EXPECT_EQ(weft::debug::with_labels({{"b", "4"}}, [] { return weft::debug::labels(); }),
              (pairs{{"a", "1"}, {"b", "4"}}));
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    try {
      weft::debug::with_labels({{"c", "5"}}, [] { throw std::runtime_error("out"); });
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    crew all;
    all.go([] {
      EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
      weft::debug::set_labels({});
      EXPECT_EQ(weft::debug::labels(), pairs{});
    });
    all.join();
    const std::string text = text_of("goroutine");
    EXPECT_NE(text.find("# labels: {\"a\":\"1\", \"b\":\"3\"}\n"), std::string::npos) << text;
    weft::debug::set_labels({});
    EXPECT_EQ(weft::debug::labels(), pairs{});
  });
  weft::debug::set_labels({{"a", "1"}});  // of a plain thread: nothing
  EXPECT_EQ(weft::debug::labels(), pairs{});
}

// F06: goroutines that come, go and change their labels while they are read.
TEST_P(Profile, ReadWhileGoroutinesComeAndGo) {
  run([&] {
    std::atomic<bool> ends = false;
    crew all;
    for (int i = 0; i < 4; ++i) {
      all.go([&] {
        for (int k = 0; !ends; ++k) {
          weft::debug::with_labels({{"turn", std::to_string(k)}}, [] {
            crew child;
            child.go([] { weft::yield(); });
            child.join();
          });
        }
      });
    }
    for (int i = 0; i < scaled(200); ++i) {
      const read_profile p = taken("goroutine");
      EXPECT_GE(p.samples.size(), 1U);
      weft::yield();
    }
    ends = true;
    all.join();
  });
}

[[gnu::noinline]] static int deep(int n, const weft::chan<int>& c) {
  if (n == 0) {
    static_cast<void>(c.recv());
    return 0;
  }
  const int below = deep(n - 1, c);
  KEEP;
  return below + 1;
}

// F08
TEST_P(Profile, DeepStacksAreCutOff) {
  run([] {
    const auto c = weft::make_chan<int>();
    crew all;
    all.go([=] { EXPECT_EQ(deep(300, c), 300); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    const read_profile p = taken("goroutine");
    ASSERT_NE(p.find("deep"), nullptr);
    EXPECT_GT(p.find("deep")->functions.size(), 100U);
    EXPECT_LE(p.find("deep")->functions.size(), 128U);
    c.close();
    all.join();
  });
  EXPECT_NE(taken("block").find("deep"), nullptr);
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
