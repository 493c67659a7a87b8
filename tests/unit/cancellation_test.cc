// SPDX-License-Identifier: Apache-2.0
// Blocking calls with a context: ended before, ended while blocked, racing with the wake-up.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/wait_group.h>

#include <memory>
#include <mutex>
#include <thread>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class Cancellation : public with_procs {};
WEFT_INSTANTIATE_PROCS(Cancellation);

weft::context ended() {
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  cancel();
  return ctx;
}

TEST_P(Cancellation, AnEndedContextTakesNothingEvenIfItCouldBeHad) {
  run([] {
    const weft::context ctx = ended();
    weft::mutex m;
    EXPECT_EQ(m.lock(ctx), errc::canceled);
    EXPECT_TRUE(m.try_lock());
    m.unlock();
    const auto c = weft::make_chan<std::unique_ptr<int>>(1);
    auto value = std::make_unique<int>(1);
    EXPECT_EQ(c.send(std::move(value), ctx), errc::canceled);
    ASSERT_NE(value, nullptr) << "a value that was refused stays with the caller";
    EXPECT_EQ(c.size(), 0U);
    c.send(std::move(value));
    EXPECT_FALSE(c.recv(ctx).has_value());
    EXPECT_EQ(c.size(), 1U);
    weft::wait_group wg;
    EXPECT_EQ(wg.wait(ctx), errc::canceled);
  });
}

TEST_P(Cancellation, WhatCanBeDoneAtOnceIsDone) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    weft::mutex m;
    EXPECT_FALSE(m.lock(ctx));
    m.unlock();
    const auto c = weft::make_chan<int>(1);
    EXPECT_FALSE(c.send(5, ctx));
    EXPECT_EQ(c.recv(ctx), 5);
    weft::wait_group wg;
    EXPECT_FALSE(wg.wait(ctx));
    c.close();
    EXPECT_FALSE(c.recv(ctx).has_value());
    EXPECT_FALSE(ctx.err());
    EXPECT_EQ(panic_text([&] { static_cast<void>(c.send(1, ctx)); }), "send on closed channel");
  });
}

TEST_P(Cancellation, ABackgroundContextChangesNothing) {
  run([] {
    const weft::context ctx = weft::background();
    const auto c = weft::make_chan<int>();
    const auto signal = weft::make_chan<void>();
    weft::mutex m;
    weft::wait_group wg;
    wg.add(1);
    m.lock();
    crew all;
    all.go([&] {
      EXPECT_FALSE(c.send(1, ctx));
      EXPECT_TRUE(signal.recv(ctx));
      m.unlock();
      wg.done();
    });
    EXPECT_EQ(c.recv(ctx), 1);
    EXPECT_FALSE(signal.send(ctx));
    EXPECT_FALSE(m.lock(ctx));
    m.unlock();
    EXPECT_FALSE(wg.wait(ctx));
  });
}

TEST_P(Cancellation, EachBlockedCallEndsWithItsContextAndLeavesNothingBehind) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    const auto unbuffered = weft::make_chan<int>();
    const auto full = weft::make_chan<int>(1);
    full.send(0);
    const auto empty = weft::make_chan<void>();
    const weft::chan<int> nil;
    weft::mutex m;
    weft::wait_group wg;
    m.lock();
    wg.add(1);
    crew all;
    all.go([&, ctx] { EXPECT_EQ(unbuffered.send(1, ctx), errc::canceled); });
    all.go([&, ctx] { EXPECT_EQ(full.send(1, ctx), errc::canceled); });
    all.go([&, ctx] { EXPECT_FALSE(empty.recv(ctx)); });
    all.go([&, ctx] { EXPECT_FALSE(nil.recv(ctx).has_value()); });
    all.go([&, ctx] { EXPECT_EQ(nil.send(1, ctx), errc::canceled); });
    all.go([&, ctx] { EXPECT_EQ(m.lock(ctx), errc::canceled); });
    all.go([&, ctx] { EXPECT_EQ(wg.wait(ctx), errc::canceled); });
    EXPECT_TRUE(await_waiting(2, "chan send"));
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    EXPECT_TRUE(await_waiting(1, "sync.Mutex.Lock"));
    EXPECT_TRUE(await_waiting(1, "sync.WaitGroup.Wait"));
    cancel();
    all.join();
    EXPECT_FALSE(unbuffered.try_recv().has_value());
    EXPECT_EQ(full.recv(), 0);
    EXPECT_FALSE(full.try_recv().has_value());
    EXPECT_FALSE(empty.try_send());
    m.unlock();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
    wg.done();
    wg.wait();
  });
}

TEST_P(Cancellation, ADeadlineEndsABlockedCall) {
  run([] {
    auto [ctx, cancel] = weft::with_timeout(weft::background(), 3ms);
    weft::mutex m;
    m.lock();
    EXPECT_EQ(m.lock(ctx), errc::deadline_exceeded);
    EXPECT_EQ(m.lock(ctx), errc::deadline_exceeded);
    m.unlock();
  });
}

TEST_P(Cancellation, PlainThreadsToo) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    const auto c = weft::make_chan<int>();
    weft::mutex m;
    m.lock();
    const auto started = weft::make_chan<void>(2);
    std::thread receiver([&, ctx] {
      started.send();
      EXPECT_FALSE(c.recv(ctx).has_value());
    });
    std::thread locker([&, ctx] {
      started.send();
      EXPECT_EQ(m.lock(ctx), errc::canceled);
    });
    started.recv();
    started.recv();
    cancel();
    receiver.join();
    locker.join();
    m.unlock();
  });
}

// Waiters in line before and after one that gives up are served in order.
TEST_P(Cancellation, OneThatGivesUpLeavesTheLineInOrder) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    const auto c = weft::make_chan<int>();
    const auto got = weft::make_chan<int>(3);
    crew all;
    all.go([&] { got.send(*c.recv() + 100); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    all.go([&, ctx] { EXPECT_FALSE(c.recv(ctx).has_value()); });
    EXPECT_TRUE(await_waiting(2, "chan receive"));
    all.go([&] { got.send(*c.recv() + 200); });
    EXPECT_TRUE(await_waiting(3, "chan receive"));
    cancel();
    EXPECT_TRUE(eventually([&] { return count_waiting("chan receive") == 2; }));
    c.send(1);
    EXPECT_EQ(got.recv(), 101);
    c.send(2);
    EXPECT_EQ(got.recv(), 202);
  });
}

// M13: the lock is never lost, and never held by two.
TEST_P(Cancellation, MutexHandOffAgainstCancel) {
  run([] {
    weft::mutex m;
    int inside = 0;
    std::atomic<int> locked = 0;
    std::atomic<int> gave_up = 0;
    for (int round = 0; round < scaled(200); ++round) {
      crew all;
      for (int i = 0; i < 6; ++i) {
        all.go([&, i] {
          auto [ctx, cancel] = weft::with_cancel(weft::background());
          crew canceler;
          canceler.go([&, cancel] {
            for (int spin = 0; spin < i; ++spin) weft::yield();
            cancel();
          });
          if (m.lock(ctx)) {
            ++gave_up;
            return;
          }
          ++locked;
          EXPECT_EQ(++inside, 1);
          weft::yield();
          EXPECT_EQ(--inside, 0);
          m.unlock();
        });
      }
      all.join();
      ASSERT_TRUE(m.try_lock()) << "somebody took the lock away";
      m.unlock();
    }
    EXPECT_EQ(locked + gave_up, 6 * scaled(200));
  });
}

// In starvation mode the lock is handed over: to one who may be giving up at that moment.
TEST_P(Cancellation, StarvingMutexAgainstCancel) {
  run([] {
    weft::mutex m;
    int inside = 0;
    for (int round = 0; round < scaled(20); ++round) {
      crew all;
      for (int i = 0; i < 5; ++i) {
        all.go([&, i] {
          for (int k = 0; k < 4; ++k) {
            auto [ctx, cancel] =
                weft::with_timeout(weft::background(), std::chrono::microseconds(300 + 700 * i));
            if (m.lock(ctx)) continue;
            EXPECT_EQ(++inside, 1);
            weft::sleep_for(600us);  // long enough to starve the others
            EXPECT_EQ(--inside, 0);
            m.unlock();
          }
        });
      }
      all.join();
      ASSERT_TRUE(m.try_lock());
      m.unlock();
    }
  });
}

TEST_P(Cancellation, ChannelValuesAreNeitherLostNorDoubled) {
  run([] {
    for (int capacity : {0, 1, 3}) {
      const auto c = weft::make_chan<int>(capacity);
      std::atomic<long> sent = 0;
      std::atomic<long> received = 0;
      std::atomic<bool> stop = false;
      {
        crew all;
        for (int i = 0; i < 3; ++i) {
          all.go([&, i] {
            for (int k = 1; k <= scaled(600); ++k) {
              auto [ctx, cancel] = weft::with_timeout(
                  weft::background(), std::chrono::microseconds((k * (i + 1)) % 20));
              if (!c.send(k, ctx)) sent += k;
            }
          });
          all.go([&, i] {
            for (int k = 0; !stop; ++k) {
              auto [ctx, cancel] = weft::with_timeout(
                  weft::background(), std::chrono::microseconds((k * (i + 2)) % 15));
              if (auto v = c.recv(ctx)) received += *v;
              if (ctx.err()) weft::yield();
              if (sent > 0 && k > scaled(600) * 2) stop = true;
            }
          });
        }
      }
      while (auto v = c.try_recv()) received += *v;
      EXPECT_EQ(sent, received) << "capacity " << capacity;
    }
  });
}

TEST_P(Cancellation, WaitGroupReleaseAgainstCancel) {
  run([] {
    for (int round = 0; round < scaled(500); ++round) {
      weft::wait_group wg;
      wg.add(1);
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      std::atomic<int> released = 0;
      crew all;
      for (int i = 0; i < 4; ++i) {
        all.go([&, ctx, i] {
          if (i == 3) {
            wg.wait();
            ++released;
          } else if (!wg.wait(ctx)) {
            ++released;
          }
        });
      }
      all.go([&] { wg.done(); });
      all.go([cancel] { cancel(); });
      all.join();
      EXPECT_GE(released, 1);
      wg.add(1);
      wg.done();
      wg.wait();
    }
  });
}

// The rule also holds for a receive on the context's own done channel.
TEST_P(Cancellation, ReceiveOnDoneWithTheSameContext) {
  run([] {
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    crew all;
    all.go([ctx] { EXPECT_FALSE(ctx.done().recv(ctx)); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    cancel();
  });
}

}  // namespace
}  // namespace weft_test
