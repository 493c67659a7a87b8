// SPDX-License-Identifier: Apache-2.0
// stack_model.cc: the lock-free stack: each element is popped once, by somebody who sees what was
// written before it was pushed, and no node is looked at after it has gone.
// covers: LS-4/LS-5
// needs: include/weft/lockfree/stack.h: top_.compare_exchange_strong(top,: acquire
// needs: include/weft/lockfree/stack.h: top_.compare_exchange_strong(top,: seq_cst

#include <weft/lockfree/stack.h>

#include "model/model.h"
#include "model/warm_threads.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;
using weft_model::warm_threads;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};

struct pile {
  weft::lockfree::stack<int> stack;
  int letters[4] = {};
  int arrived[4] = {};

  void push(int i) {
    letters[i] = 1;
    stack.push(i);
  }
  void pop() {
    if (std::optional<int> i = stack.pop()) {
      expect(letters[*i] == 1, "the letter is not written yet");
      ++arrived[*i];
    }
  }
  void expect_arrived(int n) {
    while (!stack.empty()) pop();
    for (int i = 0; i < 4; ++i) expect(arrived[i] == (i < n ? 1 : 0), "lost, or there twice");
  }
};

template <class... F>
auto contest(int n, F... fs) {
  warm_threads();
  return [=] {
    pile p;
    (weft::go([&p, fs] { fs(p); }), ...);
    settle();
    p.expect_arrived(n);
  };
}

TEST(StackModel, PushAndPop) {
  expect_holds(contest(2, [](pile& p) { p.push(0), p.push(1); }, [](pile& p) { p.pop(); }));
}

TEST(StackModel, TwoPop) {
  warm_threads();
  expect_holds(
      [] {
        pile p;
        p.push(0);
        p.push(1);
        weft::go([&] { p.pop(); });
        weft::go([&] { p.pop(), p.pop(); });
        settle();
        p.expect_arrived(2);
      },
      {.fine = k_small});
}

// Popped and pushed again while another one is about to pop it: the same memory, perhaps.
TEST(StackModel, TheSameAgain) {
  warm_threads();
  expect_holds(
      [] {
        pile p;
        p.push(0);
        p.push(1);
        weft::go([&] { p.pop(); });
        weft::go([&] {
          p.pop();
          p.pop();
          p.push(2);
        });
        settle();
        p.expect_arrived(3);
      },
      {.fine = k_small, .preemptions = 3});
}

}  // namespace
