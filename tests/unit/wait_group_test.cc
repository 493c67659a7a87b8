// SPDX-License-Identifier: Apache-2.0
// wait_group: counting, reuse, misuse, go.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/wait_group.h>

#include <memory>
#include <string>
#include <type_traits>

#include "support/parked.h"

namespace weft_test {
namespace {

class WaitGroup : public with_procs {};
WEFT_INSTANTIATE_PROCS(WaitGroup);

// G01
TEST_P(WaitGroup, TwoOfThemMakeABarrierNobodyPassesEarly) {
  run([] {
    constexpr int n = 16;
    weft::wait_group arrive;
    weft::wait_group leave;
    for (int round = 0; round < 8; ++round) {
      std::atomic<int> arrived = 0;
      const auto left = weft::make_chan<bool>(n);
      arrive.add(n);
      leave.add(n);
      for (int i = 0; i < n; ++i) {
        weft::go([&, left] {
          ++arrived;
          arrive.done();
          leave.wait();
          left.send(arrived == n);
        });
      }
      arrive.wait();
      for (int i = 0; i < n; ++i) {
        EXPECT_FALSE(left.try_recv().has_value()) << "left before all were there";
        leave.done();
      }
      for (int i = 0; i < n; ++i) EXPECT_EQ(left.recv(), true);
    }
  });
}

// G02
TEST_P(WaitGroup, ACounterBelowZeroPanics) {
  run([] {
    weft::wait_group fresh;
    EXPECT_EQ(panic_text([&] { fresh.done(); }), "sync: negative WaitGroup counter");
    weft::wait_group used;
    used.add(2);
    used.done();
    used.done();
    EXPECT_EQ(panic_text([&] { used.done(); }), "sync: negative WaitGroup counter");
    weft::wait_group bulk;
    bulk.add(1);
    EXPECT_EQ(panic_text([&] { bulk.add(-2); }), "sync: negative WaitGroup counter");
  });
}

// G03
TEST_P(WaitGroup, WaitNeverReturnsBeforeEveryDone) {
  run([] {
    for (int round = 0; round < scaled(1000); ++round) {
      auto wg = std::make_unique<weft::wait_group>();
      std::atomic<int> done = 0;
      wg->add(2);
      for (int i = 0; i < 2; ++i) {
        weft::go([&, p = wg.get()] {
          ++done;
          p->done();
        });
      }
      wg->wait();
      ASSERT_EQ(done, 2);
      wg.reset();
    }
  });
}

// G05
TEST_P(WaitGroup, WaitOnZeroReturnsAtOnce) {
  run([] {
    weft::wait_group wg;
    wg.wait();
    wg.wait();
    wg.add(3);
    wg.add(-3);
    wg.wait();
    wg.add(0);
    wg.wait();
  });
}

// G06
TEST_P(WaitGroup, MayBeUsedAgainAfterEveryWaitReturned) {
  run([] {
    weft::wait_group wg;
    for (int round = 0; round < 50; ++round) {
      std::atomic<int> ran = 0;
      for (int i = 0; i < 5; ++i) wg.go([&] { ++ran; });
      wg.wait();
      ASSERT_EQ(ran, 5);
    }
  });
}

// G07: reuse while a Wait is still on its way out is reported at best; nothing may break
TEST_P(WaitGroup, ReuseBeforeWaitReturnedIsReportedAtBest) {
  run([] {
    for (int round = 0; round < scaled(200); ++round) {
      weft::wait_group wg;
      wg.add(1);
      crew waiters;
      for (int i = 0; i < 3; ++i) {
        waiters.go([&] {
          const auto text = panic_text([&] { wg.wait(); });
          if (!text.empty()) {
            EXPECT_EQ(text, "sync: WaitGroup is reused before previous Wait has returned");
          }
        });
      }
      waiters.go([&] {
        wg.done();
        const auto text = panic_text([&] {
          wg.add(1);
          wg.done();
        });
        if (!text.empty()) {
          EXPECT_EQ(text, "sync: WaitGroup misuse: Add called concurrently with Wait");
        }
      });
    }
  });
}

TEST_P(WaitGroup, ManyWaitersAreAllReleased) {
  run([] {
    weft::wait_group wg;
    wg.add(1);
    std::atomic<int> released = 0;
    crew waiters;
    for (int i = 0; i < 20; ++i) {
      waiters.go([&] {
        wg.wait();
        ++released;
      });
    }
    // The test's own crew waits nowhere yet, so these are the twenty.
    EXPECT_TRUE(await_waiting(20, "sync.WaitGroup.Wait"));
    EXPECT_EQ(released, 0);
    wg.done();
    waiters.join();
    EXPECT_EQ(released, 20);
  });
}

// G08
TEST_P(WaitGroup, GoIsWaitedForAndItsEffectsAreSeen) {
  run([] {
    for (int round = 0; round < scaled(500); ++round) {
      std::string text;
      weft::wait_group wg;
      wg.go([&] { text = "done in the goroutine, more than a small string"; });
      wg.wait();
      ASSERT_EQ(text, "done in the goroutine, more than a small string");
    }
  });
}

// G09
TEST_P(WaitGroup, GoInsideGoCounts) {
  run([] {
    weft::wait_group wg;
    std::atomic<int> leaves = 0;
    const auto grow = [&](const auto& self, int depth) -> void {
      if (depth == 0) {
        ++leaves;
        return;
      }
      for (int i = 0; i < 2; ++i) wg.go([&self, depth] { self(self, depth - 1); });
    };
    wg.go([&] { grow(grow, 8); });
    wg.wait();
    EXPECT_EQ(leaves, 256);
  });
}

// G11
TEST_P(WaitGroup, AGoroutineThatExitsIsCountedDone) {
  run([] {
    weft::wait_group wg;
    std::atomic<bool> beyond = false;
    for (int i = 0; i < 10; ++i) {
      wg.go([&] {
        weft::yield();
        weft::exit_goroutine();
        beyond = true;
      });
    }
    wg.wait();
    EXPECT_FALSE(beyond);
  });
}

TEST_P(WaitGroup, GoTakesMoveOnlyCallables) {
  run([] {
    weft::wait_group wg;
    std::atomic<int> got = 0;
    wg.go([&got, p = std::make_unique<int>(4)] { got = *p; });
    wg.wait();
    EXPECT_EQ(got, 4);
  });
}

// G12
TEST_P(WaitGroup, WorksWhereverItIsPlaced) {
  struct placed {
    char before = 0;
    weft::wait_group wg;
    char after = 0;
  };
  run([] {
    placed many[3];
    for (placed& p : many) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&p.wg) % alignof(weft::wait_group), 0U);
      p.wg.go([&p] { ++p.after; });
    }
    for (placed& p : many) {
      p.wg.wait();
      EXPECT_EQ(p.after, 1);
    }
  });
}

// C50 for wait groups
TEST_P(WaitGroup, PlainThreadsWaitAndAreWaitedFor) {
  run([] {
    for (int round = 0; round < 20; ++round) {
      weft::wait_group wg;
      std::atomic<int> done = 0;
      std::atomic<int> seen = 0;
      wg.add(4);
      std::vector<std::thread> threads;
      for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
          ++done;
          wg.done();
        });
        weft::go([&] {
          ++done;
          wg.done();
        });
        threads.emplace_back([&] {
          wg.wait();
          seen += done;
        });
      }
      wg.wait();
      EXPECT_EQ(done, 4);
      weft::blocking([&] {
        for (auto& t : threads) t.join();
      });
      EXPECT_EQ(seen, 8);
    }
  });
}

static_assert(!std::is_copy_constructible_v<weft::wait_group>);
static_assert(!std::is_move_constructible_v<weft::wait_group>);

}  // namespace
}  // namespace weft_test
