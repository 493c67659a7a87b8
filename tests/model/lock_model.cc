// SPDX-License-Identifier: Apache-2.0
// lock_model.cc: the runtime lock, with its futex: nobody is let in beside its holder, nobody
// sleeps on, and its memory may go with the last holder.
// covers: LK-1/LK-2 LK-4/LK-2 LK-5/LK-2 LK-1/LK-3 LK-4/LK-3 LK-5/LK-3
// needs: src/os/lock.cc: os::membarrier(): fence
// needs: src/os/lock.cc: word_.exchange(2): acquire

#include <weft/detail/os/lock.h>

#include "model/model.h"

#include <memory>

namespace {

using weft::detail::lock;
using weft::detail::lock_rank;
using weft::detail::lock_scope;
using weft_model::bounds;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

struct guarded {
  lock mutex{lock_rank::leaf};
  weft::var<int> value = 0;
  void add() {
    const lock_scope hold(mutex);
    value += 1;
  }
  void try_add() {
    if (!mutex.try_acquire_lock()) return;
    value += 1;
    mutex.release_lock();
  }
};

void two_add() {
  guarded g;
  weft::go([&] { g.add(); });
  weft::go([&] { g.add(); });
  settle();
  expect(g.value == 2);
}

void three_add() {
  guarded g;
  for (int i = 0; i < 3; ++i) weft::go([&] { g.add(); });
  settle();
  expect(g.value == 3);
}

TEST(LockModel, TwoHoldersWithMembarrier) { expect_holds(two_add); }

TEST(LockModel, TwoHoldersWithoutMembarrier) {
  expect_holds(two_add, {.fine = {.asymmetric = false}});
}

TEST(LockModel, TwoHoldersAndWakeUpsForNoReason) {
  expect_holds(two_add, {.fine = {.asymmetric = false, .spurious = true}});
}

TEST(LockModel, ThreeHolders) {
  expect_holds(three_add, {.fine = {.asymmetric = true, .stale = 1}, .preemptions = 2});
  expect_holds(three_add, {.fine = {.asymmetric = false, .stale = 1}});
}

TEST(LockModel, TryLock) {
  expect_holds([] {
    guarded g;
    weft::go([&] { g.try_add(); });
    weft::go([&] { g.add(); });
    settle();
    expect(g.value == 1 || g.value == 2);
  });
}

// The last holder frees it, while the one before may still be on its way out.
void last_one_frees() {
  struct shared {
    lock mutex{lock_rank::leaf};
    int users = 2;
  };
  auto* s = new shared;
  auto use = [s] {
    s->mutex.acquire_lock();
    bool last = --s->users == 0;
    s->mutex.release_lock();
    if (last) delete s;
  };
  weft::go(use);
  weft::go(use);
  settle();
}

TEST(LockModel, TheLastHolderFreesIt) {
  expect_holds(last_one_frees);
  expect_holds(last_one_frees, {.fine = {.asymmetric = false}});
}

}  // namespace
