// SPDX-License-Identifier: Apache-2.0
// The list of behaviours that every kind of channel shows, second part: close, and the order in
// which waiters are served.
#include <weft/chan.h>
#include <weft/select.h>

#include <vector>

#include "support/elements.h"
#include "support/parked.h"

namespace weft_test {
namespace {

class ChanOfEveryKindClose : public every_channel {};
WEFT_INSTANTIATE_CHANNELS(ChanOfEveryKindClose);

class ChanOfEveryKindOrder : public every_channel {};
WEFT_INSTANTIATE_CHANNELS(ChanOfEveryKindOrder);

// C05 C20
TEST_P(ChanOfEveryKindClose, BufferedValuesComeBeforeTheEnd) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    const int n = static_cast<int>(capacity());
    for (int i = 0; i < n; ++i) E::send(c, i);
    c.close();
    EXPECT_EQ(c.size(), capacity());
    for (int i = 0; i < n; ++i) {
      EXPECT_EQ(i % 2 == 0 ? E::recv(c) : E::try_recv(c), E::expected(i));
    }
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(E::recv(c), std::nullopt);
      EXPECT_EQ(E::try_recv(c), std::nullopt);
      bool seen = false;
      EXPECT_EQ(weft::select(E::on_recv(c,
                                        [&](reading v) {
                                          EXPECT_EQ(v, std::nullopt);
                                          seen = true;
                                        }),
                             weft::otherwise([] {})),
                0U);
      EXPECT_TRUE(seen);
    }
  });
}

// C17
TEST_P(ChanOfEveryKindClose, SendOnAClosedChannelPanicsAndStoresNothing) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    c.close();
    EXPECT_EQ(panic_text([&] { E::send(c, 1); }), "send on closed channel");
    EXPECT_EQ(panic_text([&] { E::try_send(c, 1); }), "send on closed channel");
    EXPECT_EQ(panic_text([&] { weft::select(E::on_send(c, 1, [] {})); }), "send on closed channel");
    EXPECT_EQ(panic_text([&] { weft::select(E::on_send(c, 1, [] {}), weft::otherwise([] {})); }),
              "send on closed channel");
    EXPECT_EQ(c.size(), 0U);
    EXPECT_EQ(E::recv(c), std::nullopt);
  });
}

TEST_P(ChanOfEveryKindClose, ClosingTwicePanics) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    c.close();
    EXPECT_EQ(panic_text([&] { c.close(); }), "close of closed channel");
    EXPECT_EQ(panic_text([&] { weft::sender<typename E::type>(c).close(); }),
              "close of closed channel");
  });
}

// C06 C43
TEST_P(ChanOfEveryKindClose, CloseWakesEveryReceiverOnce) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    auto never = E::make(0);
    std::atomic<int> woken = 0;
    crew receivers(E::stack_size);
    for (int i = 0; i < 6; ++i) {
      receivers.go([&] {
        EXPECT_EQ(E::recv(c), std::nullopt);
        ++woken;
      });
      receivers.go([&] {
        weft::select(E::on_recv(never, [](reading) { ADD_FAILURE(); }),
                     E::on_recv(c, [&](reading v) {
                       EXPECT_EQ(v, std::nullopt);
                       ++woken;
                     }));
      });
    }
    EXPECT_TRUE(await_waiting(6, "chan receive"));
    EXPECT_TRUE(await_waiting(6, "select"));
    EXPECT_EQ(woken, 0);
    c.close();
    receivers.join();
    EXPECT_EQ(woken, 12);
  });
}

// C18 C19 C21
TEST_P(ChanOfEveryKindClose, CloseMakesEveryParkedSenderPanicAndKeepsTheBufferedValues) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    const int n = static_cast<int>(capacity());
    for (int i = 0; i < n; ++i) E::send(c, i);
    std::atomic<int> panicked = 0;
    crew senders(E::stack_size);
    for (int i = 0; i < 4; ++i) {
      senders.go([&] {
        EXPECT_EQ(panic_text([&] { E::send(c, 1000); }), "send on closed channel");
        ++panicked;
      });
    }
    EXPECT_TRUE(await_waiting(4, "chan send"));
    c.close();
    senders.join();
    EXPECT_EQ(panicked, 4);
    for (int i = 0; i < n; ++i) EXPECT_EQ(E::recv(c), E::expected(i));
    EXPECT_EQ(E::recv(c), std::nullopt);
  });
}

// S18
TEST_P(ChanOfEveryKindClose, CloseMakesAParkedSelectSenderPanic) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    auto never = E::make(0);
    for (std::size_t i = 0; i < capacity(); ++i) E::send(c, 0);
    crew senders(E::stack_size);
    senders.go([&] {
      const auto fail = [] { ADD_FAILURE() << "a handler ran"; };
      EXPECT_EQ(panic_text([&] {
                  weft::select(E::on_recv(never, [&](reading) { fail(); }), E::on_send(c, 1, fail));
                }),
                "send on closed channel");
    });
    EXPECT_TRUE(await_waiting(1, "select"));
    c.close();
    senders.join();
  });
}

// C23
TEST_P(ChanOfEveryKindOrder, ReceivingFromAFullChannelTakesTheHeadAndMovesOneParkedSenderIn) {
  each([&]<class E>(E) {
    if (capacity() == 0) return;
    auto c = E::make(capacity());
    const int n = static_cast<int>(capacity());
    for (int i = 0; i < n; ++i) E::send(c, i);
    std::atomic<int> first = 0;
    std::atomic<int> second = 0;
    crew senders(E::stack_size);
    senders.go([&] {
      E::send(c, n);
      first = 1;
    });
    EXPECT_TRUE(await_waiting(1, "chan send"));
    senders.go([&] {
      E::send(c, n + 1);
      second = 1;
    });
    EXPECT_TRUE(await_waiting(2, "chan send"));
    EXPECT_EQ(E::recv(c), E::expected(0));
    EXPECT_TRUE(eventually([&] { return first == 1; }));
    EXPECT_EQ(second, 0);
    EXPECT_EQ(c.size(), capacity());
    for (int i = 1; i < n + 2; ++i) EXPECT_EQ(E::recv(c), E::expected(i));
    senders.join();
  });
}

// C23, unbuffered
TEST_P(ChanOfEveryKindOrder, ParkedSendersAreServedInTheirOrder) {
  each([&]<class E>(E) {
    auto c = E::make(0);
    crew senders(E::stack_size);
    for (int i = 0; i < 4; ++i) {
      senders.go([&, i] { E::send(c, i); });
      EXPECT_TRUE(await_waiting(static_cast<std::size_t>(i) + 1, "chan send"));
    }
    for (int i = 0; i < 4; ++i) EXPECT_EQ(E::recv(c), E::expected(i));
  });
}

// C24 C25
TEST_P(ChanOfEveryKindOrder, ParkedReceiversAreServedInTheirOrderPastTheBuffer) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    std::vector<reading> got(3);
    crew receivers(E::stack_size);
    for (std::size_t i = 0; i < got.size(); ++i) {
      receivers.go([&, i] { got[i] = E::recv(c); });
      EXPECT_TRUE(await_waiting(i + 1, "chan receive"));
    }
    for (int i = 0; i < 3; ++i) {
      E::send(c, 10 + i);
      EXPECT_EQ(c.size(), 0U);
    }
    receivers.join();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], E::expected(10 + i));
  });
}

// S12 S13
TEST_P(ChanOfEveryKindOrder, ASelectThatLostLeavesTheQueueWhole) {
  each([&]<class E>(E) {
    auto c = E::make(capacity());
    auto other = E::make(0);
    std::vector<reading> got(2);
    crew receivers(E::stack_size);
    receivers.go([&] { got[0] = E::recv(c); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    receivers.go([&] {
      weft::select(E::on_recv(c, [](reading) { ADD_FAILURE(); }),
                   E::on_recv(other, [](reading) {}));
    });
    EXPECT_TRUE(await_waiting(1, "select"));
    receivers.go([&] { got[1] = E::recv(c); });
    EXPECT_TRUE(await_waiting(2, "chan receive"));
    E::send(other, 0);
    E::send(c, 1);
    E::send(c, 2);
    receivers.join();
    EXPECT_EQ(got[0], E::expected(1));
    EXPECT_EQ(got[1], E::expected(2));
  });
}

}  // namespace
}  // namespace weft_test
