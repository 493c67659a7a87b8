// SPDX-License-Identifier: Apache-2.0
// Plain OS threads use every primitive, with and without weft::run going on.           C50
#include <weft/chan.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Threads : public with_procs {
 protected:
  // Runs body as goroutines and as threads side by side: `of_each` of both.
  template <class F>
  static void both(int of_each, F body) {
    std::vector<std::thread> threads;
    crew goroutines;
    for (int i = 0; i < of_each; ++i) {
      threads.emplace_back([=] { body(2 * i); });
      goroutines.go([=] { body(2 * i + 1); });
    }
    goroutines.join();
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
  }
};
WEFT_INSTANTIATE_PROCS(Threads);

void ping_pong(int rounds) {
  const auto ping = weft::make_chan<int>();
  const auto pong = weft::make_chan<int>(1);
  std::thread other([=] {
    for (const int v : ping) pong.send(v + 1);
    pong.close();
  });
  for (int i = 0; i < rounds; ++i) {
    ping.send(i);
    EXPECT_EQ(pong.recv(), i + 1);
  }
  ping.close();
  EXPECT_FALSE(pong.recv().has_value());
  other.join();
}

TEST_P(Threads, PlayPingPongWithEachOtherOutsideRun) { ping_pong(scaled(1000)); }

TEST_P(Threads, PlayPingPongWithAGoroutine) {
  run([] { ping_pong(scaled(1000)); });
}

TEST_P(Threads, TalkToGoroutinesStartedFromThem) {
  const auto c = weft::make_chan<int>();
  const auto d = weft::make_chan<int>();
  weft::go([=] {
    for (const int v : c) d.send(v * 2);
    d.close();
  });
  for (int i = 0; i < 100; ++i) {
    c.send(i);
    EXPECT_EQ(d.recv(), 2 * i);
  }
  c.close();
  EXPECT_FALSE(d.recv().has_value());
}

TEST_P(Threads, CountGoroutinesThatComeAndGo) {
  std::atomic<bool> over = false;
  std::size_t most = 0;
  std::thread counter([&] {
    while (!over) most = std::max(most, weft::num_goroutines());
  });
  for (int i = 0; i < scaled(5000); ++i) {
    const auto done = weft::make_chan<void>();
    weft::go([=] { done.close(); });
    done.recv();
  }
  over = true;
  counter.join();
  // The one that runs, and those that were dying while the counts were read one by one.
  EXPECT_LE(most, 5000U);
}

TEST_P(Threads, SelectWithGoroutines) {
  run([] {
    const int rounds = scaled(2000);
    const auto a = weft::make_chan<int>();
    const auto b = weft::make_chan<int>(2);
    std::atomic<int> received = 0;
    both(2, [&, a, b](int me) {
      const auto count = [&](std::optional<int> v) { received += v ? 1 : 0; };
      for (int i = 0; i < rounds; ++i) {
        if (me < 2) {
          weft::select(weft::on_send(a, i), weft::on_send(b, i));
        } else {
          weft::select(weft::on_recv(a, count), weft::on_recv(b, count));
        }
      }
    });
    EXPECT_EQ(received, 2 * rounds);
    EXPECT_EQ(b.size(), 0U);
  });
}

TEST_P(Threads, AreWokenByCloseLikeGoroutines) {
  run([] {
    for (int round = 0; round < scaled(50); ++round) {
      const auto c = weft::make_chan<int>();
      std::atomic<int> woken = 0;
      std::atomic<int> panicked = 0;
      const auto full = weft::make_chan<int>(1);
      full.send(0);
      std::thread closer([=] {
        weft::sleep_for(200us);
        c.close();
        full.close();
      });
      both(2, [&, c, full](int me) {
        if (me < 2) {
          EXPECT_FALSE(c.recv().has_value());
          ++woken;
        } else if (panic_text([&] { full.send(me); }) == "send on closed channel") {
          ++panicked;
        }
      });
      closer.join();
      ASSERT_EQ(woken, 2);
      ASSERT_EQ(panicked, 2);
    }
  });
}

TEST_P(Threads, ShareAMutexWithGoroutines) {
  run([] {
    const int rounds = scaled(1000);
    weft::mutex m;
    long counter = 0;
    both(3, [&](int) {
      for (int i = 0; i < rounds; ++i) {
        const std::lock_guard hold(m);
        ++counter;
      }
    });
    EXPECT_EQ(counter, 6L * rounds);
  });
}

TEST_P(Threads, UseEverythingWithoutRun) {
  weft::mutex m;
  weft::wait_group wg;
  const auto c = weft::make_chan<int>();
  int counter = 0;
  wg.add(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) {
        const std::lock_guard hold(m);
        ++counter;
      }
      weft::sleep_for(1ms);
      weft::select(weft::on_send(c, 1), weft::on_recv(weft::after(1h)));
      wg.done();
    });
  }
  int sum = 0;
  for (int i = 0; i < 4; ++i) sum += c.recv().value();
  wg.wait();
  for (auto& t : threads) t.join();
  EXPECT_EQ(sum, 4);
  EXPECT_EQ(counter, 400);
  weft::ticker ticks(1ms);
  EXPECT_TRUE(ticks.c().recv().has_value());
  EXPECT_EQ(weft::select(weft::on_recv(c), weft::otherwise([] {})), 1U);
  EXPECT_EQ(panic_text([&] { weft::chan<int>{}.close(); }), "close of nil channel");
}

TEST_P(Threads, KeepTheirPlaceInTheQueueAmongGoroutines) {
  run([] {
    const auto c = weft::make_chan<int>();
    std::atomic<int> received = 0;
    std::thread t([&] {
      while (c.recv().has_value()) ++received;
    });
    crew g;
    g.go([&] {
      while (c.recv().has_value()) ++received;
    });
    const int n = scaled(2000);
    for (int i = 0; i < n; ++i) c.send(i);
    c.close();
    g.join();
    weft::blocking([&] { t.join(); });
    EXPECT_EQ(received, n);
  });
}

TEST_P(Threads, ComeAndGoInGreatNumbers) {
  run([] {
    const auto c = weft::make_chan<int>();
    for (int round = 0; round < scaled(20); ++round) {
      std::vector<std::thread> threads;
      for (int i = 0; i < 10; ++i) {
        threads.emplace_back([=] { c.send(i); });
      }
      int sum = 0;
      for (int i = 0; i < 10; ++i) sum += c.recv().value();
      EXPECT_EQ(sum, 45);
      for (auto& t : threads) t.join();
    }
  });
}

}  // namespace
}  // namespace weft_test
