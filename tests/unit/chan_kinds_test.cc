// SPDX-License-Identifier: Apache-2.0
// The list of behaviours that every kind of channel shows: any capacity, any kind of element.
// Values and counts here; close and the order of waiters are in chan_kinds_close_test.cc.
#include <weft/chan.h>
#include <weft/select.h>

#include <vector>

#include "support/elements.h"

namespace weft_test {
namespace {

class ChanOfEveryKind : public every_channel {};
WEFT_INSTANTIATE_CHANNELS(ChanOfEveryKind);

// C02
TEST_P(ChanOfEveryKind, NonBlockingReceiveOfAnEmptyChannelTakesTheDefault) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    EXPECT_EQ(E::try_recv(c), std::nullopt);
    bool received = false;
    EXPECT_EQ(
        weft::select(E::on_recv(c, [&](reading) { received = true; }), weft::otherwise([] {})), 1U);
    EXPECT_FALSE(received);
  });
}

// C01
TEST_P(ChanOfEveryKind, AReceiverWaitsForTheValue) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    std::atomic<bool> returned = false;
    crew receivers(E::stack_size);
    receivers.go([&] {
      EXPECT_EQ(E::recv(c), E::expected(7));
      returned = true;
    });
    weft::sleep_for(1ms);
    EXPECT_FALSE(returned);
    E::send(c, 7);
    receivers.join();
    EXPECT_TRUE(returned);
  });
}

// C03
TEST_P(ChanOfEveryKind, ASenderWaitsWhenTheChannelIsFull) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    const int n = static_cast<int>(capacity());
    for (int i = 0; i < n; ++i) E::send(c, i);
    EXPECT_FALSE(E::try_send(c, n));
    std::atomic<bool> returned = false;
    crew senders(E::stack_size);
    senders.go([&] {
      E::send(c, n);
      returned = true;
    });
    weft::sleep_for(1ms);
    EXPECT_FALSE(returned);
    EXPECT_EQ(E::recv(c), E::expected(0));
    senders.join();
    EXPECT_TRUE(returned);
    for (int i = 1; i < n + (n > 0 ? 1 : 0); ++i) EXPECT_EQ(E::recv(c), E::expected(i));
    EXPECT_EQ(E::try_recv(c), std::nullopt);
  });
}

// C09
TEST_P(ChanOfEveryKind, SizeCountsTheBufferedAndCapacityStays) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    for (std::size_t i = 0; i < capacity(); ++i) {
      EXPECT_EQ(c.size(), i);
      EXPECT_EQ(c.capacity(), capacity());
      E::send(c, static_cast<int>(i));
    }
    EXPECT_EQ(c.size(), capacity());
    for (std::size_t i = capacity(); i > 0; --i) {
      EXPECT_EQ(c.size(), i);
      EXPECT_NE(E::recv(c), std::nullopt);
    }
    EXPECT_EQ(c.size(), 0U);
    EXPECT_EQ(c.capacity(), capacity());
  });
}

// C07
TEST_P(ChanOfEveryKind, ValuesOfOneSenderArriveInOrder) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    crew senders(E::stack_size);
    senders.go([&] {
      for (int i = 0; i < 100; ++i) E::send(c, i);
    });
    for (int i = 0; i < 100; ++i) {
      if (i % 2 == 0) {
        EXPECT_EQ(E::recv(c), E::expected(i));
      } else {
        weft::select(E::on_recv(c, [&](reading v) { EXPECT_EQ(v, E::expected(i)); }));
      }
    }
  });
}

// C07
TEST_P(ChanOfEveryKind, ValuesSentBySelectArriveInOrder) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    auto never = E::make(0);
    crew senders(E::stack_size);
    senders.go([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(weft::select(E::on_recv(never, [](reading) {}), E::on_send(c, i, [] {})), 1U);
      }
      c.close();
    });
    for (int i = 0; i < 100; ++i) {
      weft::select(E::on_recv(c, [&](reading v) { EXPECT_EQ(v, E::expected(i)); }),
                   E::on_recv(never, [](reading) { ADD_FAILURE(); }));
    }
    EXPECT_EQ(E::recv(c), std::nullopt);
  });
}

// C08
TEST_P(ChanOfEveryKind, EveryValueIsReceivedOnce) {
  each([&]<class E>(E) {
    constexpr int k_senders = 4;
    const int each_sends = scaled(200);
    auto c = E::make(capacity());
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(each_sends));
    std::atomic<int> total = 0;
    crew receivers(E::stack_size);
    for (int r = 0; r < 4; ++r) {
      receivers.go([&] {
        while (const reading v = E::recv(c)) {
          ++seen[static_cast<std::size_t>(*v)];
          ++total;
        }
      });
    }
    {
      crew senders(E::stack_size);
      for (int s = 0; s < k_senders; ++s) {
        senders.go([&] {
          for (int i = 0; i < each_sends; ++i) E::send(c, i);
        });
      }
    }
    c.close();
    receivers.join();
    EXPECT_EQ(total, k_senders * each_sends);
    if (!E::has_values) return;
    for (const auto& n : seen) EXPECT_EQ(n, k_senders);
  });
}

// C30
TEST_P(ChanOfEveryKind, RangeDrainsTheChannelAndEndsWhenItIsClosed) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    crew senders(E::stack_size);
    senders.go([&] {
      for (int i = 0; i < 20; ++i) E::send(c, i);
      c.close();
    });
    int n = 0;
    if constexpr (E::has_values) {
      for (auto&& v : c) EXPECT_EQ(E::number(v), n++);
    } else {
      while (c.recv()) ++n;
    }
    EXPECT_EQ(n, 20);
  });
}

// C45
TEST_P(ChanOfEveryKind, ADiscardedValueLetsTheSenderProceed) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    crew senders(E::stack_size);
    senders.go([&] {
      for (int i = 0; i < 10; ++i) E::send(c, i);
      c.close();
    });
    for (int i = 0; i < 5; ++i) static_cast<void>(c.recv());
    for (int i = 0; i < 5; ++i) weft::select(weft::on_recv(c));
    EXPECT_EQ(E::recv(c), std::nullopt);
  });
}

TEST_P(ChanOfEveryKind, ValuesLeftInAnAbandonedChannelAreDestroyed) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    for (std::size_t i = 0; i < capacity(); ++i) E::send(c, static_cast<int>(i));
    auto other = c;
    c = typename E::channel{};
    EXPECT_EQ(other.size(), capacity());
  });
}

TEST_P(ChanOfEveryKind, HandlesAreCopiesOfOneChannel) {
  each([&]<class E>(E) {
    auto a = E::make(capacity());
    const auto b = a;
    const auto c = E::make(capacity());
    EXPECT_TRUE(a == b);
    EXPECT_FALSE(a == c);
    EXPECT_TRUE(a != c);
    EXPECT_TRUE(static_cast<bool>(a));
    crew senders(E::stack_size);
    senders.go([&] { E::send(a, 3); });
    EXPECT_EQ(E::recv(b), E::expected(3));
    senders.join();
    b.close();
    EXPECT_EQ(E::recv(a), std::nullopt);
  });
}

// C42
TEST_P(ChanOfEveryKind, DirectionalViewsSpeakToTheSameChannel) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    weft::sender<typename E::type> in = c;
    weft::receiver<typename E::type> out = c;
    EXPECT_EQ(in.capacity(), capacity());
    EXPECT_EQ(out.capacity(), capacity());
    EXPECT_EQ(E::try_recv(out), std::nullopt);
    crew senders(E::stack_size);
    senders.go([&, in] {
      E::send(in, 1);
      weft::select(E::on_send(in, 2, [] {}));
      in.close();
    });
    EXPECT_EQ(E::recv(out), E::expected(1));
    weft::select(E::on_recv(out, [](reading v) { EXPECT_EQ(v, E::expected(2)); }));
    senders.join();
    EXPECT_EQ(out.size(), 0U);
    EXPECT_EQ(E::recv(out), std::nullopt);
    EXPECT_EQ(panic_text([&] { E::send(in, 3); }), "send on closed channel");
    EXPECT_EQ(panic_text([&] { E::try_send(in, 3); }), "send on closed channel");
  });
}

// C50
TEST_P(ChanOfEveryKind, PlainThreadsSendAndReceive) {
  each([&]<class E>(E) {
    constexpr int n = 50;
    auto there = E::make(capacity());
    auto back = E::make(capacity());
    std::thread echo([&] {
      while (const reading v = E::recv(there)) E::send(back, *v);
      back.close();
    });
    crew senders(E::stack_size);
    senders.go([&] {
      for (int i = 0; i < n; ++i) E::send(there, i);
      there.close();
    });
    for (int i = 0; i < n; ++i) EXPECT_EQ(E::recv(back), E::expected(i));
    EXPECT_EQ(E::recv(back), std::nullopt);
    senders.join();
    echo.join();
  });
}

}  // namespace
}  // namespace weft_test
