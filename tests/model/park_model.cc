// SPDX-License-Identifier: Apache-2.0
// park_model.cc: a goroutine that parks, yields or waits for a context on its processor: whoever
// makes it ready, before, while or after it parks, it runs on once, on one thread, and sees what it
// was given; and who looks at its stack while the world is frozen, looks at one that is at rest.
// covers: PK-1/DU-1 PK-9/DU-1 SW-3/DU-2 PK-3/DU-2 PK-11/DU-2 PK-14/DU-2 PK-21/DU-2
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/os/asymmetric_fence.h: fence_seq_cst(): fence
// needs: include/weft/detail/os/light_fence.h: fence_seq_cst(): fence
// explores: FW-3/DU-1: as PK-9/DU-1; the test that shows it takes its time
// left out: BL-1/DU-2 BL-2/DU-2 BL-3/DU-2: no model calls blocking()

#include "model/machine.h"
#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::long_ones_too;
using weft_model::machine;
using weft_model::preemptions;
using weft_model::settle;

constexpr weft_model::grain k_asymmetric{.asymmetric = true, .stale = 1, .relax_yields = true};
constexpr weft_model::grain k_fenced{.asymmetric = false, .stale = 1, .relax_yields = true};

// A place for one who waits, and a gift.
struct place {
  machine m{2};
  weft_model::host::mutex mutex;
  bool waits = false;
  bool given = false;
  int gift = 0;
  int taken = 0;

  void take(unsigned turn) {
    if (turn == 0) {
      mutex.lock();
      if (!given) {
        waits = true;
        m.park(mutex);
      }
      mutex.unlock();
    }
    expect(gift == 1);
    ++taken;
  }
  void give() {
    mutex.lock();
    bool to_somebody = waits;
    waits = false;
    given = true;
    gift = 1;
    mutex.unlock();
    if (to_somebody) m.ready(0);
  }
  // One takes and one gives, each on a processor of its own.
  void start() {
    m.body(0, [this](unsigned turn) { take(turn); });
    m.body(1, [this](unsigned) { give(); });
    weft::go([this] { m.work_once(0, {0}); });
    weft::go([this] { m.work_once(1, {1}); });
  }
};

TEST(ParkModel, ParkAndReady) {
  for (const weft_model::grain& fine : {k_asymmetric, k_fenced}) {
    expect_holds(
        [] {
          place p;
          p.start();
          settle();
          expect(p.taken == 1);
          p.m.end();
        },
        {.fine = fine, .preemptions = 3});
  }
}

TEST(ParkModel, YieldAndSteal) {
  expect_holds(
      [] {
        machine m(2);
        int turns = 0;
        m.body(0, [&](unsigned turn) {
          ++turns;
          if (turn == 0) m.yield();
        });
        m.body(1, [](unsigned) {});
        weft::go([&] { m.work_once(0, {1, 0}); });
        weft::go([&] { m.steal_once(1, 0); });
        settle();
        expect(turns == 2);
        m.end();
      },
      {.fine = k_asymmetric, .preemptions = 3});
}

// A wait that a context may end: notified before, while and after it parks, and canceled.
struct line {
  machine m{3};
  int gift = 0;
  int got = 0;
  int left = 0;

  void wait(unsigned turn) {
    if (turn == 0) {
      if (m.join(0)) m.wait(0);
      ++left;
      return;
    }
    if (m.notified(0)) {
      expect(gift == 1);
      ++got;
    } else {
      ++left;
    }
  }
};

TEST(ParkModel, NotifiedOrCanceled) {
  expect_holds(
      [] {
        line l;
        int told = 0;
        l.m.body(0, [&](unsigned turn) { l.wait(turn); });
        l.m.body(1, [&](unsigned) {
          l.gift = 1;
          told = l.m.notify_one() ? 1 : 0;
        });
        l.m.body(2, [&](unsigned) { l.m.cancel(); });
        weft::go([&] { l.m.work_once(0, {0}); });
        weft::go([&] { l.m.work_once(1, {1}); });
        weft::go([&] { l.m.work_once(2, {2}); });
        settle();
        expect(l.got + l.left == 1 && told == l.got, "taken and lost");
        l.m.end();
      },
      {.fine = k_asymmetric, .preemptions = 3});
}

TEST(ParkModel, ALookAtItsStack) {
  for (const weft_model::grain& fine : {k_asymmetric, k_fenced}) {
    expect_holds(
        [] {
          place p;
          p.start();
          weft::go([&] { p.m.look_at(0); });
          settle();
          expect(p.taken == 1);
          p.m.end();
        },
        {.fine = fine, .preemptions = preemptions(1)});
  }
}

TEST(ParkModel, ALookAtOneThatStarts) {
  for (const weft_model::grain& fine : {k_asymmetric, k_fenced}) {
    expect_holds(
        [] {
          machine m(1);
          m.body(0, [&](unsigned turn) {
            if (turn == 0) m.yield();
          });
          m.body(1, [](unsigned) {});
          weft::go([&] { m.work_once(0, {1, 0}); });
          weft::go([&] { m.look_at(0); });
          settle();
          m.end();
        },
        {.fine = fine, .preemptions = preemptions(2)});
  }
}

TEST(ParkModel, ALookAtOneThatIsStolen) {
  if (!long_ones_too()) GTEST_SKIP() << "WEFT_CHECK_LONG is not set";
  expect_holds(
      [] {
        machine m(2);
        m.body(0, [&](unsigned turn) {
          if (turn == 0) m.yield();
        });
        m.body(1, [](unsigned) {});
        weft::go([&] { m.work_once(0, {1, 0}); });
        weft::go([&] { m.steal_once(1, 0); });
        weft::go([&] { m.look_at(0); });
        settle();
        m.end();
      },
      {.fine = k_asymmetric, .preemptions = 2});
}

}  // namespace
