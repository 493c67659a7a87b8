// SPDX-License-Identifier: Apache-2.0
// chan_model.cc: the channel with its real lock and queues: what was sent is received once, in
// order, with what the sender had written before; close() wakes everybody.
// covers: CH-2 CH-6/CH-8 CH-6/CH-13
// needs: src/sync/chan.cc: fence_seq_cst();  // after what this thread has received: fence
// explores: CH-5/CH-6 CH-6/CH-11: who sees that there is something takes the lock
// explores: CH-15/CH-16 CH-16/CH-17: who sees it closed takes the lock

#include <weft/chan.h>
#include <weft/select.h>

#include "model/model.h"

#include <array>

namespace {

using weft::chan;
using weft::detail::attempt;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};
constexpr weft_model::grain k_two_looks{.asymmetric = false, .stale = 2};

// A channel of numbers of letters.
struct post {
  chan<int> c;
  std::array<int, 4> letters{};
  std::array<int, 4> arrived{};

  explicit post(int capacity) : c(weft::make_chan<int>(capacity)) {}
  void send(int i) {
    letters[static_cast<std::size_t>(i)] = i + 1;
    c.send(i);
  }
  bool take(std::optional<int> got) {
    if (!got) return false;
    auto i = static_cast<std::size_t>(*got);
    expect(letters[i] == *got + 1, "the letter is not written yet");
    ++arrived[i];
    return true;
  }
  bool recv() { return take(c.recv()); }
  bool try_recv() { return take(c.try_recv()); }
  void expect_arrived(std::size_t n) {
    for (std::size_t i = 0; i < arrived.size(); ++i) expect(arrived[i] == (i < n ? 1 : 0));
  }
};

template <class... F>
auto contest(int capacity, std::size_t arrived, F... fs) {
  return [=] {
    post p(capacity);
    (weft::go([&p, fs] { fs(p); }), ...);
    settle();
    p.expect_arrived(arrived);
  };
}

TEST(ChanModel, SendAndReceive) {
  auto send = [](post& p) { p.send(0); };
  auto recv = [](post& p) { p.recv(); };
  for (int capacity : {0, 1}) expect_holds(contest(capacity, 1, send, recv));
}

TEST(ChanModel, TwoOfThem) {
  auto send = [](post& p) { p.send(0), p.send(1); };
  auto recv = [](post& p) { p.recv(), p.recv(); };
  for (int capacity : {0, 1}) expect_holds(contest(capacity, 2, send, recv), {.fine = k_small});
}

TEST(ChanModel, TwoSenders) {
  auto recv = [](post& p) { p.recv(), p.recv(); };
  for (int capacity : {0, 1}) {
    expect_holds(contest(
                     capacity, 2, [](post& p) { p.send(0); }, [](post& p) { p.send(1); }, recv),
                 {.fine = k_small, .preemptions = 3});
  }
}

TEST(ChanModel, CloseAndReceive) {
  auto send_and_close = [](post& p) {
    p.send(0);
    p.c.close();
  };
  auto recv = [](post& p) {
    expect(p.recv());
    expect(!p.recv());
  };
  for (int capacity : {0, 1})
    expect_holds(contest(capacity, 1, send_and_close, recv), {.fine = k_small});
}

// Closed before it is drained: nobody may find that it is empty and not closed.
TEST(ChanModel, ClosedThenDrained) {
  for (bool by_try : {false, true}) {
    expect_holds([by_try] {
      post p(1);
      p.send(0);
      weft::go([&] {
        p.c.close();
        if (by_try) {
          p.try_recv();
        } else {
          p.recv();
        }
      });
      weft::go([&] {
        std::optional<int> got;
        attempt a = p.c.core()->try_recv(&got);
        expect(a != attempt::would_block, "it was never open and empty");
        p.take(got);
      });
      settle();
    });
  }
}

TEST(ChanModel, WithoutBlocking) {
  expect_holds([] {
    post p(1);
    bool sent = false;
    p.letters[0] = 1;
    weft::go([&] { sent = p.c.try_send(0); });
    weft::go([&] { p.try_recv(); });
    settle();
    p.try_recv();
    expect(sent);
    p.expect_arrived(1);
  });
}

// As Go's, operations on channels are in one order: two cannot both find that nothing was sent.
TEST(ChanModel, TwoCannotBothMissWhatWasSent) {
  for (bool by_select : {false, true}) {
    expect_holds(
        [by_select] {
          auto a = weft::make_chan<int>(1);
          auto b = weft::make_chan<int>(1);
          auto missed = [by_select](const chan<int>& c) {
            if (!by_select) return !c.try_recv();
            return weft::select(weft::on_recv(c), weft::otherwise([] {})) == 1;
          };
          bool missed_a = false;
          bool missed_b = false;
          weft::go([&] {
            a.send(1);
            missed_b = missed(b);
          });
          weft::go([&] {
            b.send(1);
            missed_a = missed(a);
          });
          settle();
          expect(!missed_a || !missed_b, "both have missed it");
        },
        {.fine = k_two_looks});
  }
}

// A full channel is emptied, and then the other is found full, by two.
TEST(ChanModel, TwoCannotBothMissWhatWasReceived) {
  expect_holds(
      [] {
        auto a = weft::make_chan<int>(1);
        auto b = weft::make_chan<int>(1);
        a.send(1), b.send(1);
        bool full_a = false;
        bool full_b = false;
        weft::go([&] {
          static_cast<void>(a.recv());
          full_b = !b.try_send(2);
        });
        weft::go([&] {
          static_cast<void>(b.recv());
          full_a = !a.try_send(2);
        });
        settle();
        expect(!full_a || !full_b, "both have missed it");
      },
      {.fine = k_two_looks});
}

TEST(ChanModel, TheLastHandleFreesIt) {
  expect_holds([] {
    auto c = weft::make_chan<int>(1);
    weft::go([mine = c] { mine.send(1); });
    weft::go([mine = std::move(c)] { static_cast<void>(mine.try_recv()); });
    settle();
  });
}

}  // namespace
