// SPDX-License-Identifier: Apache-2.0
// select_model.cc: a select that waits at several channels is won by one of those who come, and by
// one only; what it does not take is left to others.

#include <weft/chan.h>
#include <weft/select.h>

#include "model/model.h"

#include <array>
#include <optional>

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};

struct two {
  weft::chan<int> a = weft::make_chan<int>();
  weft::chan<int> b = weft::make_chan<int>();
  std::array<int, 2> letters{};
  int taken = 0;
  int sent[2] = {};

  void recv() {
    auto take = [&](std::optional<int> v) {
      if (!v) return;
      expect(letters[static_cast<std::size_t>(*v)] == 1, "the letter is not written yet");
      ++taken;
    };
    weft::select(weft::on_recv(a, take), weft::on_recv(b, take));
  }
  void send(int i) {
    letters[static_cast<std::size_t>(i)] = 1;
    sent[i] = (i == 0 ? a : b).try_send(i) ? 1 : 0;
  }
  // Whoever still waits goes on.
  void end() {
    settle();
    a.close();
    settle();
    expect(sent[0] + sent[1] == taken, "taken is not what was sent");
  }
};

TEST(SelectModel, TwoSendersAndASelect) {
  expect_holds(
      [] {
        two t;
        weft::go([&] { t.recv(); });
        weft::go([&] { t.send(0); });
        weft::go([&] { t.send(1); });
        t.end();
        expect(t.taken <= 1);
      },
      {.fine = k_small, .preemptions = 2});
}

TEST(SelectModel, ASendAndAClose) {
  expect_holds(
      [] {
        two t;
        weft::go([&] { t.recv(); });
        weft::go([&] { t.send(0); });
        weft::go([&] { t.b.close(); });
        t.end();
        expect(t.taken <= 1);
      },
      {.fine = k_small, .preemptions = 2});
}

TEST(SelectModel, TwoSelectsMeet) {
  expect_holds(
      [] {
        two t;
        t.letters = {1, 1};
        weft::go([&] { t.recv(); });
        weft::go([&] {
          int i = static_cast<int>(weft::select(weft::on_send(t.a, 0), weft::on_send(t.b, 1)));
          t.sent[i] = 1;
        });
        t.end();
        expect(t.taken == 1);
      },
      {.fine = k_small});
}

}  // namespace
