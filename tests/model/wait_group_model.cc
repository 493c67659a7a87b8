// SPDX-License-Identifier: Apache-2.0
// wait_group_model.cc: who waits is let go by the last done(), and sees what all of them did; then
// the wait_group may go.
// covers: WG-1/WG-1 WG-1/WG-2 WG-1/WG-3
// spared: WG-1 acquire: the last done() looks at the word once more, seq_cst
// spared: WG-3 release: a waiter publishes nothing

#include <weft/wait_group.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

struct team {
  weft::wait_group all;
  int a = 0;
  int b = 0;

  void wait() {
    all.wait();
    expect(a == 1 && b == 1);
  }
};

TEST(WaitGroupModel, TwoWorkersAndAWaiter) {
  expect_holds([] {
    team t;
    t.all.add(2);
    weft::go([&] { t.a = 1, t.all.done(); });
    weft::go([&] { t.b = 1, t.all.done(); });
    weft::go([&] { t.wait(); });
    settle();
  });
}

TEST(WaitGroupModel, TwoWaiters) {
  expect_holds(
      [] {
        team t;
        t.b = 1;
        t.all.add(1);
        weft::go([&] { t.a = 1, t.all.done(); });
        weft::go([&] { t.wait(); });
        weft::go([&] { t.wait(); });
        settle();
      },
      {.fine = {.asymmetric = false, .stale = 1}});
}

// The waiter frees it at once: the last done() touches nothing any more.
TEST(WaitGroupModel, TheWaiterFreesIt) {
  expect_holds([] {
    auto* t = new team;
    t->b = 1;
    t->all.add(1);
    weft::go([t] { t->a = 1, t->all.done(); });
    weft::go([t] {
      t->wait();
      delete t;
    });
    settle();
  });
}

TEST(WaitGroupModel, UsedAgain) {
  expect_holds([] {
    team t;
    t.b = 1;
    t.all.add(1);
    weft::go([&] { t.a = 1, t.all.done(); });
    weft::go([&] {
      t.wait();
      t.all.add(1);
      weft::go([&] { t.a = 2, t.all.done(); });
      t.all.wait();
      expect(t.a == 2);
    });
    settle();
  });
}

}  // namespace
