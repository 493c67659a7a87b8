// SPDX-License-Identifier: Apache-2.0
// mutex_model.cc: the mutex with its sleep queue: one at a time, nobody sleeps on, and starving
// waiters get it from hand to hand.
// covers: MX-1/MX-2 MX-2/MX-4 MX-2/MX-5 MX-5/MX-9 MX-9/MX-10
// spared: MX-10 acquire: the wake-up orders the same

#include <weft/mutex.h>

#include "model/model.h"

namespace {

using weft_model::bounds;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

struct guarded {
  weft::mutex mutex;
  int value = 0;

  void add() {
    mutex.lock();
    ++value;
    mutex.unlock();
  }
  void try_add() {
    if (!mutex.try_lock()) return;
    ++value;
    mutex.unlock();
  }
};

template <class... F>
auto contest(int least, F... fs) {
  return [=] {
    guarded g;
    (weft::go([&g, fs] { fs(g); }), ...);
    settle();
    expect(g.value >= least && g.value <= static_cast<int>(sizeof...(fs)));
    expect(g.mutex.try_lock(), "nobody has it, and it is locked");
  };
}

void add(guarded& g) { g.add(); }
void try_add(guarded& g) { g.try_add(); }

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};
// Each look at the clock finds that a waiter has waited for too long.
constexpr weft_model::grain k_starving{.asymmetric = false, .stale = 1, .tick = 2'000'000};

TEST(MutexModel, Two) {
  expect_holds(contest(2, add, add));
  expect_holds(contest(2, add, add), {.fine = k_small});
}

// Woken, and too late again: then it is handed over.
void add_often(guarded& g) { g.add(), g.add(), g.add(); }

TEST(MutexModel, Starving) {
  auto body = [](auto first, auto second) {
    return [=] {
      guarded g;
      weft::go([&] { first(g); });
      weft::go([&] { second(g); });
      settle();
      expect(g.value == 4);
    };
  };
  expect_holds(body(add_often, add), {.fine = k_starving, .preemptions = 4});
}

TEST(MutexModel, ThreeWithFewPreemptions) {
  expect_holds(contest(3, add, add, add), {.fine = k_small, .preemptions = 3});
  expect_holds(contest(3, add, add, add), {.fine = k_starving, .preemptions = 3});
}

TEST(MutexModel, TryLock) {
  expect_holds(contest(1, try_add, add));
  expect_holds(contest(1, try_add, try_add));
}

}  // namespace
