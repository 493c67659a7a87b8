// SPDX-License-Identifier: Apache-2.0
// Channels: contests between a non-blocking operation and others, repeated many times.
#include <weft/chan.h>
#include <weft/select.h>

#include <vector>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class ChanRace : public with_procs {};
WEFT_INSTANTIATE_PROCS(ChanRace);

enum class outcome { value, closed, would_block };

outcome poll(const weft::chan<int>& c) {
  outcome result = outcome::would_block;
  weft::select(weft::on_recv(
                   c, [&](std::optional<int> v) { result = v ? outcome::value : outcome::closed; }),
               weft::otherwise([] {}));
  return result;
}

// C26
TEST_P(ChanRace, AValueBufferedBeforeCloseGoesToExactlyOnePoll) {
  run([] {
    for (int round = 0; round < scaled(2000); ++round) {
      const auto c = weft::make_chan<int>(4);
      c.send(1);
      c.close();
      std::atomic<int> values = 0;
      std::atomic<int> blocks = 0;
      {
        crew pollers;
        for (int i = 0; i < 3; ++i) {
          pollers.go([&] {
            for (int n = 0; n < 3; ++n) {
              const outcome o = poll(c);
              if (o == outcome::value) ++values;
              if (o == outcome::would_block) ++blocks;
            }
          });
        }
      }
      ASSERT_EQ(values, 1);
      ASSERT_EQ(blocks, 0);
    }
  });
}

// C27
TEST_P(ChanRace, APollRacingCloseAndReceiveNeverSeesAnOpenEmptyChannel) {
  run([] {
    for (int round = 0; round < scaled(10000); ++round) {
      const auto c = weft::make_chan<int>(1);
      c.send(1);
      outcome seen = outcome::would_block;
      {
        crew poller;
        poller.go([&] { seen = poll(c); });
        c.close();
        static_cast<void>(c.recv());
      }
      ASSERT_NE(seen, outcome::would_block);
    }
  });
}

// C29
TEST_P(ChanRace, OneOfTwoChannelsIsReadyAtEveryInstant) {
  run([] {
    for (int round = 0; round < scaled(10000); ++round) {
      const auto c1 = weft::make_chan<int>(1);
      const auto c2 = weft::make_chan<int>(1);
      c1.send(1);
      bool blocked = false;
      {
        crew poller;
        poller.go([&] {
          blocked = weft::select(weft::on_recv(c1), weft::on_recv(c2), weft::otherwise([] {})) == 2;
        });
        if (round % 2 == 0) {
          c2.send(1);
        } else {
          c2.close();
        }
        static_cast<void>(c1.try_recv());
      }
      ASSERT_FALSE(blocked) << "round " << round;
    }
  });
}

// C44
TEST_P(ChanRace, OnceCloseIsSeenNoReceiveWouldBlock) {
  run([] {
    for (int round = 0; round < scaled(3000); ++round) {
      const auto c = weft::make_chan<int>(2);
      c.send(1);
      c.send(2);
      std::atomic<bool> closed = false;
      std::atomic<int> wrong = 0;
      {
        crew pollers;
        for (int i = 0; i < 2; ++i) {
          pollers.go([&] {
            for (int n = 0; n < 6; ++n) {
              const bool was_closed = closed;
              const outcome o = poll(c);
              if (was_closed && o == outcome::would_block) ++wrong;
            }
          });
        }
        c.close();
        closed = true;
        static_cast<void>(c.try_recv());
      }
      ASSERT_EQ(wrong, 0);
    }
  });
}

// C18 C06
TEST_P(ChanRace, CloseAgainstASendEitherDeliversOrPanics) {
  run([] {
    for (int round = 0; round < scaled(3000); ++round) {
      const auto c = weft::make_chan<int>(static_cast<std::size_t>(round % 2));
      bool sent = false;
      std::string text;
      std::optional<int> got;
      {
        crew both;
        both.go([&] {
          text = panic_text([&] {
            c.send(9);
            sent = true;
          });
        });
        both.go([&] { got = c.recv(); });
        c.close();
      }
      if (!got.has_value()) got = c.recv();
      ASSERT_EQ(sent, text.empty());
      if (!sent) {
        ASSERT_EQ(text, "send on closed channel");
      }
      ASSERT_EQ(sent, got.has_value());
    }
  });
}

TEST_P(ChanRace, OnlyOneOfManyClosesWins) {
  run([] {
    for (int round = 0; round < scaled(1000); ++round) {
      const auto c = weft::make_chan<void>();
      std::atomic<int> won = 0;
      std::atomic<int> panicked = 0;
      {
        crew closers;
        for (int i = 0; i < 4; ++i) {
          closers.go([&] {
            const auto text = panic_text([&] { c.close(); });
            if (text.empty()) ++won;
            if (text == "close of closed channel") ++panicked;
          });
        }
      }
      ASSERT_EQ(won, 1);
      ASSERT_EQ(panicked, 3);
    }
  });
}

// C09, C13: size and capacity may be asked at any moment
TEST_P(ChanRace, SizeStaysWithinBoundsWhileOthersWork) {
  run([] {
    const auto c = weft::make_chan<int>(5);
    std::atomic<bool> over = false;
    crew others;
    others.go([&] {
      while (!over) {
        EXPECT_LE(c.size(), 5U);
        EXPECT_EQ(c.capacity(), 5U);
        weft::yield();
      }
    });
    others.go([&] {
      for (int i = 0; i < 3000; ++i) c.send(i);
      c.close();
    });
    int n = 0;
    for (const int v : c) EXPECT_EQ(v, n++);
    over = true;
    EXPECT_EQ(n, 3000);
  });
}

// R37, C48: park and ready meet at every point of each other
TEST_P(ChanRace, ManyRingsOfGoroutinesPassTheirTokensOn) {
  run([] {
    const int laps = scaled(500);
    crew members;
    for (int ring = 0; ring < 6; ++ring) {
      std::vector<weft::chan<int>> seats;
      for (int i = 0; i < 5; ++i) seats.push_back(weft::make_chan<int>(i == 0 ? 1 : 0));
      for (std::size_t i = 0; i < seats.size(); ++i) {
        const auto in = seats[i];
        const auto out = seats[(i + 1) % seats.size()];
        members.go([in, out, laps] {
          for (int lap = 0; lap < laps; ++lap) out.send(in.recv().value() + 1);
        });
      }
      seats[0].send(0);
    }
  });
}

}  // namespace
}  // namespace weft_test
