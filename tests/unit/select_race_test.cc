// SPDX-License-Identifier: Apache-2.0
// select: contests. Exactly one case fires, nobody is lost, no order of locks can deadlock.
#include <weft/chan.h>
#include <weft/select.h>

#include <array>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

class SelectRace : public with_procs {};
WEFT_INSTANTIATE_PROCS(SelectRace);

// S08
TEST_P(SelectRace, TwoSelfSelectsOnAnUnbufferedChannelMeetEachOther) {
  run([] {
    const int n = scaled(1000);
    const auto c = weft::make_chan<int>();
    crew both;
    for (int me = 0; me < 2; ++me) {
      both.go([=] {
        for (int i = 0; i < n; ++i) {
          weft::select(weft::on_send(c, me),
                       weft::on_recv(c, [&](std::optional<int> v) { ASSERT_NE(v, me); }));
        }
      });
    }
  });
}

// S09
TEST_P(SelectRace, TwoSelfSelectsOnABufferedChannelGoOn) {
  run([] {
    const int n = scaled(1000);
    const auto c = weft::make_chan<int>(10);
    std::atomic<int> sent = 0;
    std::atomic<int> received = 0;
    {
      crew both;
      for (int me = 0; me < 2; ++me) {
        both.go([&, me] {
          for (int i = 0; i < n; ++i) {
            weft::select(weft::on_send(c, me, [&] { ++sent; }),
                         weft::on_recv(c, [&](std::optional<int>) { ++received; }));
          }
        });
      }
    }
    EXPECT_EQ(sent + received, 2 * n);
    EXPECT_EQ(static_cast<std::size_t>(sent - received), c.size());
  });
}

// S11
TEST_P(SelectRace, FourSendersAtOnceFireOneCase) {
  run([] {
    for (int round = 0; round < scaled(500); ++round) {
      std::array<weft::chan<int>, 4> c;
      for (auto& channel : c) channel = weft::make_chan<int>();
      const auto start = weft::make_chan<void>();
      crew senders;
      for (int i = 0; i < 4; ++i) {
        senders.go([channel = c[static_cast<std::size_t>(i)], start, i] {
          static_cast<void>(start.recv());
          channel.send(i);
        });
      }
      crew opener;
      opener.go([=] { start.close(); });
      int got = 0;
      const auto count = [&](std::optional<int> v) { got += v ? 1 : 100; };
      const auto first = weft::select(weft::on_recv(c[0], count), weft::on_recv(c[1], count),
                                      weft::on_recv(c[2], count), weft::on_recv(c[3], count));
      ASSERT_EQ(got, 1);
      for (std::size_t i = 0; i < 4; ++i) {
        if (i != first) {
          ASSERT_EQ(c[i].recv(), static_cast<int>(i));
        }
      }
      for (const auto& channel : c) ASSERT_FALSE(channel.try_recv().has_value());
    }
  });
}

// S12
TEST_P(SelectRace, ALoserAtTheEndOfAQueueLeavesItWhole) {
  run([] {
    for (int round = 0; round < scaled(50); ++round) {
      const auto c1 = weft::make_chan<int>();
      const auto c2 = weft::make_chan<int>();
      std::atomic<int> sum = 0;
      crew waiters;
      waiters.go([&] { sum += c1.recv().value(); });
      EXPECT_TRUE(await_waiting(1, "chan receive"));
      waiters.go([&] { EXPECT_EQ(weft::select(weft::on_recv(c1), weft::on_recv(c2)), 1U); });
      EXPECT_TRUE(await_waiting(1, "select"));
      c2.send(0);
      c1.send(1);
      waiters.go([&] { sum += c1.recv().value(); });
      c1.send(10);
      waiters.join();
      ASSERT_EQ(sum, 11);
    }
  });
}

// S13
TEST_P(SelectRace, AClaimedSelectAtTheHeadDoesNotHoldUpThePlainReceiverBehindIt) {
  run([] {
    for (int round = 0; round < scaled(1000); ++round) {
      const auto c1 = weft::make_chan<int>();
      const auto c2 = weft::make_chan<int>();
      const auto stop = weft::make_chan<void>();
      std::atomic<bool> plain = false;
      std::atomic<int> chosen = 0;
      crew first_sender;
      crew waiters;
      waiters.go([&] {
        weft::select(weft::on_recv(c1, [&](auto) { chosen = 1; }),
                     weft::on_recv(c2, [&](auto) { chosen = 2; }));
      });
      waiters.go([&] {
        EXPECT_TRUE(c1.recv().has_value());
        plain = true;
      });
      if (round % 2 == 0) weft::yield();
      first_sender.go([&] { weft::select(weft::on_send(c2, 1), weft::on_recv(stop)); });
      c1.send(1);
      // Whichever of the two took it, the other one is served as well.
      ASSERT_TRUE(eventually([&] { return plain || chosen == 1; }));
      if (!plain) c1.send(1);
      waiters.join();
      stop.close();
      first_sender.join();
      ASSERT_TRUE(plain);
      ASSERT_NE(chosen, 0);
    }
  });
}

// S21
TEST_P(SelectRace, EveryPairOfFormsCompletes) {
  run([] {
    const auto never = weft::make_chan<int>();
    const auto send = [=](const weft::chan<int>& c, int form) {
      switch (form) {
        case 0:
          c.send(1);
          break;
        case 1:
          weft::select(weft::on_send(c, 1));
          break;
        case 2:
          weft::select(weft::on_recv(never), weft::on_send(c, 1));
          break;
        default:
          weft::select(weft::on_send(c, 1), weft::on_recv(never), weft::on_send(never, 1));
      }
    };
    const auto recv = [=](const weft::chan<int>& c, int form) {
      switch (form) {
        case 0:
          static_cast<void>(c.recv());
          break;
        case 1:
          weft::select(weft::on_recv(c));
          break;
        case 2:
          weft::select(weft::on_recv(c), weft::on_send(never, 1));
          break;
        default:
          weft::select(weft::on_recv(never), weft::on_send(never, 1), weft::on_recv(c));
      }
    };
    for (const std::size_t capacity : {0U, 1U}) {
      for (int s = 0; s < 4; ++s) {
        for (int r = 0; r < 4; ++r) {
          const auto c = weft::make_chan<int>(capacity);
          crew sender;
          sender.go([=] {
            for (int i = 0; i < 20; ++i) send(c, s);
          });
          for (int i = 0; i < 20; ++i) recv(c, r);
        }
      }
    }
    EXPECT_FALSE(never.try_send(1));
    EXPECT_FALSE(never.try_recv().has_value());
  });
}

// S27
TEST_P(SelectRace, OppositeOrdersOfTheSameChannelsDoNotDeadlock) {
  run([] {
    const int n = scaled(20000);
    const auto a = weft::make_chan<int>();
    const auto b = weft::make_chan<int>();
    const auto stop = weft::make_chan<void>();
    std::atomic<int> received = 0;
    crew receivers;
    const auto count = [&](std::optional<int>) { ++received; };
    for (int i = 0; i < 2; ++i) {
      receivers.go([&, i] {
        while (true) {
          const auto chosen = i == 0 ? weft::select(weft::on_recv(a, count),
                                                    weft::on_recv(b, count), weft::on_recv(stop))
                                     : weft::select(weft::on_recv(b, count),
                                                    weft::on_recv(a, count), weft::on_recv(stop));
          if (chosen == 2) return;
        }
      });
    }
    {
      crew senders;
      for (int i = 0; i < 2; ++i) {
        senders.go([=] {
          for (int k = 0; k < n; ++k) {
            if (i == 0) {
              weft::select(weft::on_send(a, k), weft::on_send(b, k));
            } else {
              weft::select(weft::on_send(b, k), weft::on_send(a, k));
            }
          }
        });
      }
    }
    stop.close();
    receivers.join();
    EXPECT_EQ(received, 2 * n);
  });
}

TEST_P(SelectRace, CloseFiresTheSelectsThatWaitOnIt) {
  run([] {
    for (int round = 0; round < scaled(300); ++round) {
      const auto stop = weft::make_chan<void>();
      const auto data = weft::make_chan<int>();
      std::atomic<int> stopped = 0;
      std::atomic<int> got = 0;
      crew waiters;
      for (int i = 0; i < 8; ++i) {
        waiters.go([&] {
          weft::select(weft::on_recv(data, [&](std::optional<int> v) { got += v.value(); }),
                       weft::on_recv(stop, [&](bool ok) { stopped += ok ? 100 : 1; }));
        });
      }
      const int sent = data.try_send(1) ? 1 : 0;
      stop.close();
      waiters.join();
      ASSERT_EQ(got, sent);
      ASSERT_EQ(stopped, 8 - sent);
    }
  });
}

}  // namespace
}  // namespace weft_test
