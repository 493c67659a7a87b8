// SPDX-License-Identifier: Apache-2.0
// shared_mutex: readers together, writers alone, phases, misuse of tries, contexts.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/shared_mutex.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class SharedMutex : public with_procs {};
WEFT_INSTANTIATE_PROCS(SharedMutex);

constexpr const char* k_rlock = "sync.RWMutex.RLock";
constexpr const char* k_lock = "sync.RWMutex.Lock";

// W01
TEST_P(SharedMutex, ReadersHoldItTogether) {
  run([] {
    for (int n : {1, 3, 4, 20}) {
      weft::shared_mutex m;
      const auto in = weft::make_chan<void>();
      const auto out = weft::make_chan<void>();
      crew all;
      for (int i = 0; i < n; ++i) {
        all.go([&] {
          std::shared_lock hold(m);
          in.send();
          out.recv();
        });
      }
      for (int i = 0; i < n; ++i) in.recv();  // all hold it now
      EXPECT_FALSE(m.try_lock());
      out.close();
      all.join();
      EXPECT_TRUE(m.try_lock());
      m.unlock();
    }
  });
}

// W02, W03
TEST_P(SharedMutex, TriesAgainstWriterAndReader) {
  run([] {
    weft::shared_mutex m;
    m.lock();
    EXPECT_FALSE(m.try_lock());
    EXPECT_FALSE(m.try_lock_shared());
    m.unlock();
    EXPECT_TRUE(m.try_lock_shared());
    EXPECT_TRUE(m.try_lock_shared());
    EXPECT_FALSE(m.try_lock());
    m.unlock_shared();
    EXPECT_FALSE(m.try_lock());
    m.unlock_shared();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// W06
TEST_P(SharedMutex, NeverAReaderAndAWriterNorTwoWriters) {
  run([] {
    for (int readers : {1, 3, 10}) {
      weft::shared_mutex m;
      std::atomic<int> activity = 0;
      crew all;
      auto reader = [&] {
        for (int i = 0; i < scaled(1000); ++i) {
          std::shared_lock hold(m);
          EXPECT_LT(activity.fetch_add(1), 10'000);
          if (i % 16 == 0) weft::yield();
          activity.fetch_sub(1);
        }
      };
      auto writer = [&] {
        for (int i = 0; i < scaled(500); ++i) {
          std::unique_lock hold(m);
          EXPECT_EQ(activity.fetch_add(10'000), 0);
          if (i % 16 == 0) weft::yield();
          activity.fetch_sub(10'000);
        }
      };
      all.go(writer);
      for (int i = 0; i < readers / 2; ++i) all.go(reader);
      all.go(writer);
      for (int i = readers / 2; i < readers; ++i) all.go(reader);
    }
  });
}

// So much reading between two writes that the readers count apart, each at its processor.
TEST_P(SharedMutex, AWriterSeesReadersThatCountApart) {
  run([] {
    weft::shared_mutex m;
    std::atomic<int> activity = 0;
    std::atomic<bool> over = false;
    std::atomic<long> reads = 0;
    std::int64_t plain = 0;  // written by the writers, read by the readers, no atomic
    crew all;
    for (int k = 0; k < 4; ++k) {
      all.go([&, k] {
        std::int64_t before = 0;
        for (int i = 0; !over; ++i) {
          m.lock_shared();
          EXPECT_LT(activity.fetch_add(1), 10'000);
          EXPECT_GE(plain, before);
          before = plain;
          if (i % 512 == k) weft::yield();  // perhaps to leave from another processor
          activity.fetch_sub(1);
          m.unlock_shared();
          ++reads;
          if (i % 2048 == 0) weft::sleep_for(10us);
        }
      });
    }
    const int writes = scaled(60);
    for (int w = 0; w < writes; ++w) {
      const long quiet_until = reads + 3000;
      while (reads < quiet_until) weft::sleep_for(20us);
      if (w % 3 == 0 && !m.try_lock()) continue;
      if (w % 3 != 0) m.lock();
      EXPECT_EQ(activity.fetch_add(10'000), 0);
      ++plain;
      if (w % 2 == 0) weft::yield();
      activity.fetch_sub(10'000);
      m.unlock();
    }
    over = true;
    all.join();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST_P(SharedMutex, TriesKeepTheExclusionToo) {
  run([] {
    weft::shared_mutex m;
    std::atomic<int> activity = 0;
    std::atomic<int> done = 0;
    crew all;
    for (int k = 0; k < 6; ++k) {
      all.go([&, k] {
        for (int i = 0; i < scaled(2000); ++i) {
          if ((i + k) % 3 == 0) {
            if (!m.try_lock()) continue;
            EXPECT_EQ(activity.fetch_add(10'000), 0);
            activity.fetch_sub(10'000);
            m.unlock();
          } else if (m.try_lock_shared()) {
            EXPECT_LT(activity.fetch_add(1), 10'000);
            activity.fetch_sub(1);
            m.unlock_shared();
          }
          ++done;
          if (i % 8 == 0) weft::yield();
        }
      });
    }
    all.join();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// W07
TEST_P(SharedMutex, AWaitingWriterKeepsNewReadersOut) {
  run([] {
    weft::shared_mutex m;
    std::vector<int> order;
    m.lock_shared();
    crew all;
    all.go([&] {
      m.lock();
      order.push_back(1);
      m.unlock();
    });
    EXPECT_TRUE(await_waiting(1, k_lock));
    EXPECT_FALSE(m.try_lock_shared());
    all.go([&] {
      m.lock_shared();
      order.push_back(2);
      m.unlock_shared();
    });
    EXPECT_TRUE(await_waiting(1, k_rlock));
    m.unlock_shared();
    all.join();
    EXPECT_EQ(order, (std::vector{1, 2}));
  });
}

// W08
TEST_P(SharedMutex, QueuedReadersGoBeforeTheNextWriter) {
  run([] {
    for (int round = 0; round < 20; ++round) {
      weft::shared_mutex m;
      std::atomic<int> readers_done = 0;
      int seen_by_writer = -1;
      m.lock();
      crew all;
      for (int i = 0; i < 5; ++i) {
        all.go([&] {
          m.lock_shared();
          ++readers_done;
          m.unlock_shared();
        });
      }
      EXPECT_TRUE(await_waiting(5, k_rlock));
      all.go([&] {
        m.lock();
        seen_by_writer = readers_done;
        m.unlock();
      });
      EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
      m.unlock();
      all.join();
      EXPECT_EQ(seen_by_writer, 5);
    }
  });
}

// W09: a reader's lock as a lock like any other
TEST_P(SharedMutex, AReadersGuardIsALockLikeAnyOther) {
  run([] {
    weft::shared_mutex m;
    const auto locked = [](auto& lock) {
      lock.lock();
      return true;
    };
    std::shared_lock one(m, std::defer_lock);
    std::shared_lock two(m, std::defer_lock);
    EXPECT_TRUE(locked(one) && locked(two));
    std::atomic<bool> writing = false;
    crew all;
    all.go([&] {
      m.lock();
      writing = true;
    });
    EXPECT_TRUE(await_waiting(1, k_lock));
    one.unlock();
    EXPECT_EQ(count_waiting(k_lock), 1U) << "one reader is left";
    EXPECT_FALSE(writing);
    two.unlock();
    all.join();
    EXPECT_TRUE(writing);
    std::atomic<bool> reading = false;
    all.go([&] {
      const std::shared_lock hold(m);
      reading = true;
    });
    EXPECT_TRUE(await_waiting(1, k_rlock));
    EXPECT_FALSE(reading);
    m.unlock();
    all.join();
    EXPECT_TRUE(reading);
  });
}

// W11
TEST_P(SharedMutex, MayBeGivenUpByAnother) {
  run([] {
    weft::shared_mutex m;
    m.lock_shared();
    m.lock_shared();
    crew all;
    all.go([&] { m.unlock_shared(); });
    all.join();
    std::thread other([&] { m.unlock_shared(); });
    other.join();
    m.lock();
    all.go([&] { m.unlock(); });
    all.join();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// Counted in on one processor, out on another, many times over: the sum stays right.
TEST_P(SharedMutex, ReadersThatMigrateLeaveNoCountBehind) {
  run([] {
    weft::shared_mutex m;
    const auto holders = weft::make_chan<int>(8);
    crew all;
    for (int k = 0; k < 4; ++k) {
      all.go([&] {
        for (int i = 0; i < scaled(2000); ++i) {
          m.lock_shared();
          holders.send(i);
        }
      });
      all.go([&] {
        for (int i = 0; i < scaled(2000); ++i) {
          holders.recv();
          m.unlock_shared();
        }
      });
    }
    all.join();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// W12
TEST_P(SharedMutex, AWriterIsNotStarvedByReaders) {
  run([] {
    weft::shared_mutex m;
    std::atomic<bool> stop = false;
    crew all;
    for (int i = 0; i < 8; ++i) {
      all.go([&] {
        while (!stop) {
          std::shared_lock hold(m);
          weft::yield();
        }
      });
    }
    for (int i = 0; i < scaled(100); ++i) {
      m.lock();
      m.unlock();
      weft::yield();
    }
    stop = true;
  });
}

TEST_P(SharedMutex, PlainThreadsAndGoroutines) {
  run([] {
    weft::shared_mutex m;
    long guarded = 0;
    std::vector<std::thread> threads;
    for (int k = 0; k < 3; ++k) {
      threads.emplace_back([&] {
        for (int i = 0; i < scaled(500); ++i) {
          if (i % 4 == 0) {
            std::unique_lock hold(m);
            ++guarded;
          } else {
            std::shared_lock hold(m);
            EXPECT_GE(guarded, 0);
          }
        }
      });
    }
    crew all;
    for (int k = 0; k < 3; ++k) {
      all.go([&] {
        for (int i = 0; i < scaled(500); ++i) {
          std::unique_lock hold(m);
          ++guarded;
        }
      });
    }
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    all.join();
    EXPECT_EQ(guarded, 3 * ((scaled(500) + 3) / 4) + 3 * scaled(500));
  });
}

TEST_P(SharedMutex, AnEndedContextTakesNothing) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::shared_mutex m;
    EXPECT_FALSE(m.lock(ctx));
    m.unlock();
    EXPECT_FALSE(m.lock_shared(ctx));
    m.unlock_shared();
    cancel();
    EXPECT_EQ(m.lock(ctx), errc::canceled);
    EXPECT_EQ(m.lock_shared(ctx), errc::canceled);
    EXPECT_TRUE(m.try_lock());
    EXPECT_FALSE(m.lock_shared(ctx) == std::error_code());
    m.unlock();
  });
}

TEST_P(SharedMutex, AWriterThatGivesUpLetsTheReadersIn) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::shared_mutex m;
    m.lock_shared();
    crew all;
    all.go([&, ctx] { EXPECT_EQ(m.lock(ctx), errc::canceled); });
    EXPECT_TRUE(await_waiting(1, k_lock));
    all.go([&] {
      m.lock_shared();
      m.unlock_shared();
    });
    EXPECT_TRUE(await_waiting(1, k_rlock));
    cancel();
    all.join();
    EXPECT_TRUE(m.try_lock_shared());
    m.unlock_shared();
    m.unlock_shared();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST_P(SharedMutex, AReaderThatGivesUpIsNotCounted) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::shared_mutex m;
    m.lock();
    crew all;
    for (int i = 0; i < 3; ++i) all.go([&, ctx] { EXPECT_EQ(m.lock_shared(ctx), errc::canceled); });
    EXPECT_TRUE(await_waiting(3, k_rlock));
    cancel();
    all.join();
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

TEST_P(SharedMutex, ContextsThatEndAtAnyMomentKeepTheExclusion) {
  run([] {
    weft::shared_mutex m;
    std::atomic<int> activity = 0;
    for (int round = 0; round < scaled(30); ++round) {
      crew all;
      for (int k = 0; k < 6; ++k) {
        all.go([&, k] {
          for (int i = 0; i < 20; ++i) {
            auto [ctx, cancel] =
                weft::with_timeout(weft::background(), std::chrono::microseconds((i * k) % 60));
            if (k % 3 == 0) {
              if (m.lock(ctx)) continue;
              EXPECT_EQ(activity.fetch_add(10'000), 0);
              weft::yield();
              activity.fetch_sub(10'000);
              m.unlock();
            } else {
              if (m.lock_shared(ctx)) continue;
              EXPECT_LT(activity.fetch_add(1), 10'000);
              weft::yield();
              activity.fetch_sub(1);
              m.unlock_shared();
            }
          }
        });
      }
      all.join();
      ASSERT_TRUE(m.try_lock()) << "a count or a lock was left behind";
      m.unlock();
    }
  });
}

}  // namespace
}  // namespace weft_test
