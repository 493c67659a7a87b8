// SPDX-License-Identifier: Apache-2.0
// Stress: many goroutines, random choices, exact sums. The seed is printed; WEFT_TEST_SEED sets it.
#include <weft/chan.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>

#include <array>
#include <mutex>
#include <random>
#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Stress : public with_procs {};
WEFT_INSTANTIATE_PROCS(Stress);

// S24
TEST_P(Stress, FourChannelsOfSendersReceiversAndSelects) {
  run([] {
    const int n = scaled(100000);
    const std::array<std::size_t, 4> capacities = {0, 0, 2, 3};
    std::array<weft::chan<int>, 4> c;
    for (std::size_t i = 0; i < 4; ++i) c[i] = weft::make_chan<int>(capacities[i]);
    std::array<std::atomic<long>, 4> received{};
    crew receivers;
    crew senders;
    for (std::size_t i = 0; i < 4; ++i) {
      senders.go([&, i] {
        for (int k = 0; k < n; ++k) c[i].send(k);
      });
      receivers.go([&, i] {
        for (int k = 0; k < n; ++k) {
          ASSERT_TRUE(c[i].recv().has_value());
          ++received[i];
        }
      });
    }
    senders.go([&] {  // one that sends to all four, until each has had n
      std::array<weft::chan<int>, 4> left = c;
      std::array<int, 4> sent{};
      for (int k = 0; k < 4 * n; ++k) {
        const auto i = weft::select(weft::on_send(left[0], k), weft::on_send(left[1], k),
                                    weft::on_send(left[2], k), weft::on_send(left[3], k));
        if (++sent[i] == n) left[i] = {};
      }
    });
    receivers.go([&] {
      std::array<weft::chan<int>, 4> left = c;
      std::array<int, 4> got{};
      for (int k = 0; k < 4 * n; ++k) {
        const auto i = weft::select(weft::on_recv(left[0]), weft::on_recv(left[1]),
                                    weft::on_recv(left[2]), weft::on_recv(left[3]));
        ++received[i];
        if (++got[i] == n) left[i] = {};
      }
    });
    senders.join();
    receivers.join();
    for (const auto& r : received) EXPECT_EQ(r, 2L * n);
  });
}

// C08, C50, S27: every form of every operation at once, from goroutines and threads
TEST_P(Stress, RandomOperationsConserveTheSum) {
  run([] {
    const int steps = scaled(50000);
    std::array<weft::chan<long>, 5> c;
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = weft::make_chan<long>(i * i % 7);
    std::atomic<long> in = 0;
    std::atomic<long> out = 0;
    const auto work = [&](unsigned me) {
      std::mt19937_64 random(seed() + me);
      const auto keep = [&](std::optional<long> v) {
        if (v) out += *v;
      };
      for (int i = 0; i < steps; ++i) {
        const auto& a = c[random() % c.size()];
        const auto& b = c[random() % c.size()];
        const long v = static_cast<long>(random() % 1000);
        switch (random() % 6) {
          case 0:
            if (a.try_send(v)) in += v;
            break;
          case 1:
            keep(a.try_recv());
            break;
          case 2:
            weft::select(weft::on_send(a, v, [&] { in += v; }), weft::on_recv(b, keep));
            break;
          case 3:
            weft::select(weft::on_recv(a, keep), weft::on_recv(b, keep),
                         weft::on_send(b, v, [&] { in += v; }), weft::otherwise());
            break;
          case 4:
            weft::select_in_order(weft::on_recv(b, keep), weft::on_send(a, v, [&] { in += v; }));
            break;
          default:
            weft::yield();
        }
      }
    };
    std::atomic<int> ended = 0;
    std::vector<std::thread> threads;
    crew goroutines;
    for (unsigned i = 0; i < 6; ++i) {
      goroutines.go([&, i] {
        work(i);
        ++ended;
      });
    }
    for (unsigned i = 6; i < 8; ++i) {
      threads.emplace_back([&, i] {
        work(i);
        ++ended;
      });
    }
    // All eight may be waiting for each other: whoever is left without a partner meets this one.
    while (ended < 8) {
      for (const auto& channel : c) {
        if (channel.try_send(1)) ++in;
        if (const auto v = channel.try_recv()) out += *v;
      }
      weft::sleep_for(50us);
    }
    goroutines.join();
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    for (const auto& channel : c) {
      while (const auto v = channel.try_recv()) out += *v;
    }
    EXPECT_EQ(in, out);
  });
}

// T14 T15 T31: timers armed, stopped and fired by everyone at once
TEST_P(Stress, TimersAreStoppedResetAndFiredByEveryone) {
  run([] {
    std::atomic<long> fired = 0;
    std::atomic<long> owed = 0;
    crew all;
    for (unsigned g = 0; g < 16; ++g) {
      all.go([&, g] {
        std::mt19937_64 random(seed() + g);
        for (int i = 0; i < scaled(500); ++i) {
          const auto d = std::chrono::microseconds(random() % 300);
          auto t = weft::after_func(d, [&] { ++fired; });
          ++owed;
          if (random() % 3 == 0) weft::sleep_for(std::chrono::microseconds(random() % 300));
          if (random() % 2 == 0 && t.stop()) --owed;
          if (random() % 8 == 0) {
            if (!t.reset(std::chrono::microseconds(random() % 100))) ++owed;
          }
        }
      });
    }
    all.join();
    EXPECT_TRUE(eventually([&] { return fired == owed; })) << fired << " of " << owed;
  });
}

// R33 R37
TEST_P(Stress, GoroutinesComeAndGoInWaves) {
  run([] {
    std::atomic<long> ran = 0;
    const int waves = scaled(20);
    const auto gate = weft::make_chan<int>(16);
    for (int w = 0; w < waves; ++w) {
      crew all;
      for (int i = 0; i < 1000; ++i) {
        all.go([&, i] {
          if (i % 4 == 0) weft::yield();
          if (i % 8 < 4) {
            gate.send(i);
          } else {
            static_cast<void>(gate.recv());
          }
          ++ran;
        });
      }
    }
    EXPECT_EQ(ran, 1000L * waves);
    EXPECT_EQ(gate.size(), 0U);
  });
}

TEST_P(Stress, AHundredThousandGoroutinesAtOnce) {
  run([] {
    const int n = scaled(100000);
    const auto start = weft::make_chan<void>();
    std::atomic<long> sum = 0;
    weft::wait_group wg;
    wg.add(n);
    for (int i = 0; i < n; ++i) {
      weft::go([&, start, i] {
        static_cast<void>(start.recv());
        sum += i;
        wg.done();
      });
    }
    start.close();
    wg.wait();
    EXPECT_EQ(sum, static_cast<long>(n) * (n - 1) / 2);
  });
}

// M02 M05
TEST_P(Stress, ManyMutexesManyHolders) {
  run([] {
    struct account {
      weft::mutex m;
      long balance = 1000;
    };
    std::array<account, 6> accounts;
    crew all;
    for (unsigned g = 0; g < 12; ++g) {
      all.go([&, g] {
        std::mt19937_64 random(seed() + g);
        for (int i = 0; i < scaled(2000); ++i) {
          const std::size_t from = random() % accounts.size();
          const std::size_t to = random() % accounts.size();
          if (from == to) continue;
          const std::scoped_lock hold(accounts[from].m, accounts[to].m);
          const long amount = static_cast<long>(random() % 50);
          accounts[from].balance -= amount;
          if (i % 64 == 0) weft::yield();
          accounts[to].balance += amount;
        }
      });
    }
    all.join();
    long total = 0;
    for (const auto& a : accounts) total += a.balance;
    EXPECT_EQ(total, 6000);
  });
}

}  // namespace
}  // namespace weft_test
