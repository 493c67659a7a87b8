// SPDX-License-Identifier: Apache-2.0
// queue_model.cc: the lock-free queue: each element is popped once and in order, by somebody who
// sees what was written before it was pushed, and no node is looked at after it has gone.
// covers: LQ-3/LQ-4 LQ-3/LQ-5
// needs: include/weft/lockfree/queue.h: if (head_.compare_exchange_strong(head, next): seq_cst
// explores: LQ-3/LQ-6: a look, of which nothing but null or not is used
// explores: LQ-3/LQ-7

#include <weft/lockfree/queue.h>

#include "model/model.h"
#include "model/warm_threads.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;
using weft_model::warm_threads;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};

struct line {
  weft::lockfree::queue<int> queue;
  int letters[4] = {};
  int arrived[4] = {};

  void push(int i) {
    letters[i] = 1;
    queue.push(i);
  }
  int pop() {
    std::optional<int> i = queue.pop();
    if (!i) return -1;
    expect(letters[*i] == 1, "the letter is not written yet");
    ++arrived[*i];
    return *i;
  }
  void expect_arrived(int n) {
    while (!queue.empty()) pop();
    for (int i = 0; i < 4; ++i) expect(arrived[i] == (i < n ? 1 : 0), "lost, or there twice");
  }
};

TEST(QueueModel, PushAndPop) {
  warm_threads();
  expect_holds(
      [] {
        line l;
        weft::go([&] { l.push(0), l.push(1); });
        weft::go([&] {
          int first = l.pop();
          int second = l.pop();
          expect(first != 1 && (second == -1 || second > first), "not in order");
        });
        settle();
        l.expect_arrived(2);
      },
      {.fine = k_small});
}

TEST(QueueModel, TwoPush) {
  warm_threads();
  expect_holds(
      [] {
        line l;
        weft::go([&] { l.push(0); });
        weft::go([&] { l.push(1); });
        settle();
        l.expect_arrived(2);
      },
      {.fine = k_small});
}

TEST(QueueModel, TwoPop) {
  warm_threads();
  expect_holds(
      [] {
        line l;
        l.push(0);
        l.push(1);
        weft::go([&] { l.pop(); });
        weft::go([&] { l.pop(); });
        settle();
        l.expect_arrived(2);
      },
      {.fine = k_small});
}

TEST(QueueModel, OnePopsTwice) {
  warm_threads();
  expect_holds(
      [] {
        line l;
        l.push(0);
        l.push(1);
        weft::go([&] { l.pop(); });
        weft::go([&] { l.pop(), l.pop(); });
        settle();
        l.expect_arrived(2);
      },
      {.fine = k_small, .preemptions = 3});
}

TEST(QueueModel, OnePushesTwoPop) {
  warm_threads();
  expect_holds(
      [] {
        line l;
        weft::go([&] { l.push(0); });
        weft::go([&] { l.pop(); });
        weft::go([&] { l.pop(); });
        settle();
        l.expect_arrived(1);
      },
      {.fine = k_small, .preemptions = 2});
}

}  // namespace
