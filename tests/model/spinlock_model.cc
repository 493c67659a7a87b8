// SPDX-License-Identifier: Apache-2.0
// spinlock_model.cc: the lock that spins: one at a time, who sees what the last one wrote.
// covers: SL-1/SL-2 SL-2/SL-3 SL-2/SL-5

#include <weft/spinlock.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

struct guarded {
  weft::spinlock lock;
  int value = 0;

  void add() {
    lock.lock();
    ++value;
    lock.unlock();
  }
  void try_add() {
    if (!lock.try_lock()) return;
    ++value;
    lock.unlock();
  }
};

TEST(SpinlockModel, Two) {
  expect_holds([] {
    guarded g;
    weft::go([&] { g.add(); });
    weft::go([&] { g.add(); });
    settle();
    expect(g.value == 2);
  });
}

TEST(SpinlockModel, TryLock) {
  expect_holds([] {
    guarded g;
    weft::go([&] { g.try_add(); });
    weft::go([&] { g.add(); });
    settle();
    expect(g.value == 1 || g.value == 2);
  });
}

}  // namespace
