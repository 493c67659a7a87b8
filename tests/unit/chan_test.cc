// SPDX-License-Identifier: Apache-2.0
// Channels: blocking at every capacity, nil channels, limits, fairness of use (semaphore,
// pipeline).
#include <weft/chan.h>
#include <weft/select.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/elements.h"
#include "support/parked.h"

namespace weft_test {
namespace {

class Chan : public with_procs {};
WEFT_INSTANTIATE_PROCS(Chan);

// C01 C06
TEST_P(Chan, ReceiversOfAnEmptyChannelWaitAtEveryCapacity) {
  run([] {
    std::vector<weft::chan<int>> all;
    std::atomic<int> returned = 0;
    crew receivers;
    for (std::size_t capacity = 0; capacity <= 200; ++capacity) {
      const auto c = weft::make_chan<int>(capacity);
      all.push_back(c);
      for (int i = 0; i < 2; ++i) {
        receivers.go([&returned, c] {
          EXPECT_FALSE(c.recv().has_value());
          ++returned;
        });
      }
    }
    weft::sleep_for(5ms);
    EXPECT_EQ(returned, 0);
    for (const auto& c : all) c.close();
    receivers.join();
    EXPECT_EQ(returned, 402);
  });
}

// C03
TEST_P(Chan, ASenderWaitsForRoomAtEveryCapacity) {
  run([] {
    std::vector<weft::chan<int>> all;
    std::atomic<int> returned = 0;
    crew senders;
    for (std::size_t capacity = 0; capacity <= 200; ++capacity) {
      const auto c = weft::make_chan<int>(capacity);
      for (std::size_t i = 0; i < capacity; ++i) EXPECT_TRUE(c.try_send(0));
      all.push_back(c);
      senders.go([&returned, c] {
        c.send(1);
        ++returned;
      });
    }
    weft::sleep_for(5ms);
    EXPECT_EQ(returned, 0);
    for (const auto& c : all) EXPECT_TRUE(c.recv().has_value());
    senders.join();
    EXPECT_EQ(returned, 201);
  });
}

// C11 C12
TEST_P(Chan, ACapacityOutOfRangePanics) {
  run([] {
    const auto text_of = [](auto make) -> std::string {
      try {
        return panic_text([&] { static_cast<void>(make()); });
      } catch (const std::bad_alloc& e) {
        return e.what();
      }
    };
    constexpr const char* k_text = "makechan: size out of range";
    EXPECT_EQ(text_of([] { return weft::make_chan<int>(-1); }), k_text);
    EXPECT_EQ(text_of([] { return weft::make_chan<int>(std::int64_t{-5}); }), k_text);
    EXPECT_EQ(text_of([] { return weft::make_chan<void>(-1); }), k_text);
    const std::size_t too_many = std::numeric_limits<std::size_t>::max() / sizeof(large) + 2;
    EXPECT_EQ(text_of([=] { return weft::make_chan<large>(too_many); }), k_text);
    const std::size_t too_large = std::size_t{1} << 61;
    EXPECT_EQ(text_of([=] { return weft::make_chan<char>(too_large); }), k_text);
    EXPECT_EQ(text_of([] { return weft::make_chan<int>(~std::size_t{0}); }), k_text);
  });
}

// C13 C15
TEST_P(Chan, ANilChannelIsEmptyAndCloseOfItPanics) {
  run([] {
    const weft::chan<int> nil;
    EXPECT_EQ(nil.size(), 0U);
    EXPECT_EQ(nil.capacity(), 0U);
    EXPECT_FALSE(static_cast<bool>(nil));
    EXPECT_TRUE(nil == weft::chan<int>{});
    EXPECT_FALSE(nil == weft::make_chan<int>());
    EXPECT_EQ(panic_text([&] { nil.close(); }), "close of nil channel");
    EXPECT_EQ(panic_text([&] { weft::chan<void>{}.close(); }), "close of nil channel");
    EXPECT_EQ(panic_text([&] { weft::sender<int>(nil).close(); }), "close of nil channel");
  });
}

// C14, the part that can be left again; the blocking forms are in the misuse tests
TEST_P(Chan, ANilChannelIsNeverReady) {
  run([] {
    const weft::chan<int> nil;
    EXPECT_FALSE(nil.try_recv().has_value());
    EXPECT_FALSE(nil.try_send(1));
    EXPECT_EQ(weft::select(weft::on_recv(nil), weft::on_send(nil, 1), weft::otherwise([] {})), 2U);
    EXPECT_EQ(
        weft::select(weft::on_recv(nil), weft::on_send(nil, 1), weft::on_recv(weft::after(2ms))),
        2U);
    const weft::receiver<void> nothing;
    EXPECT_FALSE(nothing.try_recv());
    EXPECT_EQ(nothing.capacity(), 0U);
  });
}

// C31
TEST_P(Chan, ManyWorkersShareOneQueue) {
  run([] {
    const int jobs = scaled(2000);
    const auto queue = weft::make_chan<int>(11);
    const auto results = weft::make_chan<int>(3);
    crew main;
    main.go([=] {
      crew workers;
      for (int i = 0; i < 23; ++i) {
        workers.go([=] {
          int mine = 0;
          for (const int job : queue) {
            if (mine++ % 10 == 0) weft::yield();
            results.send(job);
          }
        });
      }
      for (int i = 1; i <= jobs; ++i) queue.send(i);
      queue.close();
      workers.join();
      results.close();
    });
    long sum = 0;
    int count = 0;
    for (const int r : results) {
      sum += r;
      ++count;
    }
    EXPECT_EQ(count, jobs);
    EXPECT_EQ(sum, static_cast<long>(jobs) * (jobs + 1) / 2);
  });
}

// C32
TEST_P(Chan, AVoidChannelOfAnyCapacityTakesNoMemoryPerElement) {
  run([] {
    const std::size_t many = std::size_t{1} << 30;
    const auto before = resident_bytes();
    const auto c = weft::make_chan<void>(many);
    EXPECT_EQ(c.capacity(), many);
    for (int i = 0; i < 100000; ++i) c.send();
    EXPECT_EQ(c.size(), 100000U);
    for (int i = 0; i < 100000; ++i) EXPECT_TRUE(c.recv());
    EXPECT_FALSE(c.try_recv());
    EXPECT_LT(resident_bytes(), before + (std::size_t{16} << 20));
  });
}

// C37
TEST_P(Chan, TheValueIsTakenBeforeTheSendersFrameIsReused) {
  run([] {
    const auto c = weft::make_chan<std::array<int, 64>>();
    crew senders;
    senders.go([=] {
      for (int n = 0; n < 200; ++n) {
        std::array<int, 64> value;
        value.fill(n);
        c.send(value);
        value.fill(-1);
        volatile int scribble[256];
        for (volatile int& word : scribble) word = -2;
      }
      c.close();
    });
    int n = 0;
    for (const auto& value : c) {
      for (const int word : value) EXPECT_EQ(word, n);
      ++n;
      if (n % 3 == 0) weft::yield();
    }
    EXPECT_EQ(n, 200);
  });
}

// C38
TEST_P(Chan, ThePrimeSieveFindsTheFirstPrimes) {
  run([] {
    const int count = k_sanitized ? 40 : 120;
    const auto stop = weft::make_chan<void>();
    crew stages;
    auto source = weft::make_chan<int>();
    stages.go([=] {
      for (int i = 2;; ++i) {
        if (weft::select(weft::on_send(source, i), weft::on_recv(stop)) == 1) return;
      }
    });
    std::vector<int> primes;
    for (int i = 0; i < count; ++i) {
      const int prime = source.recv().value();
      primes.push_back(prime);
      const auto next = weft::make_chan<int>();
      stages.go([=] {
        while (true) {
          std::optional<int> n;
          if (weft::select(weft::on_recv(source, [&](std::optional<int> v) { n = v; }),
                           weft::on_recv(stop)) == 1) {
            return;
          }
          if (*n % prime == 0) continue;
          if (weft::select(weft::on_send(next, *n), weft::on_recv(stop)) == 1) return;
        }
      });
      source = next;
    }
    stop.close();
    stages.join();
    EXPECT_EQ(primes.front(), 2);
    EXPECT_EQ(primes.at(9), 29);
    EXPECT_EQ(primes.at(39), 173);
    if (count == 120) {
      EXPECT_EQ(primes.back(), 659);
    }
  });
}

// C39
TEST_P(Chan, TenThousandGoroutinesInAChainAddOneEach) {
  run([] {
    const int n = k_sanitized ? 1000 : 10000;
    const auto leftmost = weft::make_chan<int>();
    auto left = leftmost;
    crew links;
    for (int i = 0; i < n; ++i) {
      const auto right = weft::make_chan<int>();
      links.go([left, right] { left.send(1 + right.recv().value()); });
      left = right;
    }
    links.go([left] { left.send(0); });
    EXPECT_EQ(leftmost.recv(), n);
  });
}

// C41
TEST_P(Chan, AReplyChannelTravelsInsideTheRequest) {
  struct request {
    int number;
    weft::chan<int> reply;
  };
  run([] {
    const auto requests = weft::make_chan<request>(2);
    crew server;
    server.go([=] {
      for (const request& r : requests) r.reply.send(r.number * 2);
    });
    {
      crew clients;
      for (int id = 0; id < 5; ++id) {
        clients.go([=] {
          const auto reply = weft::make_chan<int>(8);
          for (int i = 0; i < 8; ++i) requests.send({.number = id * 100 + i, .reply = reply});
          for (int i = 0; i < 8; ++i) EXPECT_EQ(reply.recv(), 2 * (id * 100 + i));
        });
      }
    }
    requests.close();
    const auto nested = weft::make_chan<weft::chan<int>>(1);
    nested.send(weft::make_chan<int>(5));
    EXPECT_EQ(nested.recv()->capacity(), 5U);
  });
}

// C47
TEST_P(Chan, ABufferedChannelCountsAsASemaphore) {
  run([] {
    const auto slots = weft::make_chan<void>(3);
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    crew workers;
    for (int i = 0; i < 12; ++i) {
      workers.go([&, slots] {
        for (int n = 0; n < 50; ++n) {
          slots.send();
          const int now = ++inside;
          int seen = most;
          while (seen < now && !most.compare_exchange_weak(seen, now)) {
          }
          if (n % 4 == 0) weft::yield();
          --inside;
          EXPECT_TRUE(slots.recv());
        }
      });
    }
    workers.join();
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
  });
}

// C48
TEST_P(Chan, PingPongTakesConstantMemory) {
  run([] {
    const auto ping = weft::make_chan<int>();
    const auto pong = weft::make_chan<int>();
    crew echo;
    echo.go([=] {
      for (const int v : ping) pong.send(v);
      pong.close();
    });
    const auto rounds = [&](int n) {
      for (int i = 0; i < n; ++i) {
        ping.send(i);
        ASSERT_EQ(pong.recv(), i);
      }
    };
    rounds(1000);
    const auto before = resident_bytes();
    rounds(scaled(GetParam() == 1 ? 1000000 : 100000));
    if (!k_sanitized) {
      EXPECT_LT(resident_bytes(), before + (std::size_t{4} << 20));
    }
    ping.close();
  });
}

// C49
TEST_P(Chan, LosingSelectCasesLeaveNothingBehind) {
  run([] {
    const auto data = weft::make_chan<int>();
    const auto never = weft::make_chan<int>();
    const int n = scaled(100000);
    crew senders;
    senders.go([=] {
      for (int i = 0; i < n + 1000; ++i) data.send(i);
    });
    const auto selects = [&](int count) {
      for (int i = 0; i < count; ++i) {
        ASSERT_EQ(weft::select(weft::on_recv(data), weft::on_recv(never)), 0U);
      }
    };
    selects(1000);
    const auto before = resident_bytes();
    selects(n);
    if (!k_sanitized) {
      EXPECT_LT(resident_bytes(), before + (std::size_t{4} << 20));
    }
  });
}

TEST_P(Chan, SendTakesLvaluesAndRvalues) {
  run([] {
    const auto c = weft::make_chan<std::string>(4);
    std::string text(100, 'a');
    c.send(text);
    EXPECT_EQ(text, std::string(100, 'a'));
    c.send(std::move(text));
    EXPECT_TRUE(c.try_send(std::string(100, 'b')));
    c.send("literal");
    EXPECT_EQ(c.recv(), std::string(100, 'a'));
    EXPECT_EQ(c.recv(), std::string(100, 'a'));
    EXPECT_EQ(c.recv(), std::string(100, 'b'));
    EXPECT_EQ(c.recv(), "literal");
  });
}

// C36
TEST_P(Chan, ARefusedMoveOnlyValueStaysWithTheCaller) {
  run([] {
    for (const std::size_t capacity : {0U, 2U}) {
      const auto c = weft::make_chan<std::unique_ptr<int>>(capacity);
      for (std::size_t i = 0; i < capacity; ++i) c.send(nullptr);
      auto value = std::make_unique<int>(7);
      EXPECT_FALSE(c.try_send(std::move(value)));
      ASSERT_NE(value, nullptr);
      EXPECT_EQ(*value, 7);
      EXPECT_FALSE(weft::chan<std::unique_ptr<int>>{}.try_send(std::move(value)));
      ASSERT_NE(value, nullptr);
    }
  });
}

// C35: moves can't throw (checked when compiling); a copy that throws leaves all as it was
TEST_P(Chan, ACopyThatThrowsLeavesTheChannelUnharmed) {
  run([] {
    for (const std::size_t capacity : {0U, 1U, 3U}) {
      const auto c = weft::make_chan<throwing_copy>(capacity);
      const throwing_copy value(5);
      throwing_copy::armed = true;
      EXPECT_THROW(c.send(value), std::runtime_error);
      EXPECT_THROW(static_cast<void>(weft::select(weft::on_send(c, value))), std::runtime_error);
      EXPECT_EQ(c.size(), 0U);
      std::atomic<int> got = 0;
      crew receivers;
      receivers.go([&] { got = c.recv().value().number; });
      EXPECT_TRUE(await_waiting(1, "chan receive"));
      EXPECT_THROW(c.send(value), std::runtime_error);
      EXPECT_THROW(static_cast<void>(c.try_send(value)), std::runtime_error);
      throwing_copy::armed = false;
      EXPECT_EQ(got, 0);
      c.send(value);
      receivers.join();
      EXPECT_EQ(got, 5);
      c.close();
      EXPECT_FALSE(c.recv().has_value());
    }
  });
}

}  // namespace
}  // namespace weft_test
