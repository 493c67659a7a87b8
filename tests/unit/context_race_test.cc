// SPDX-License-Identifier: Apache-2.0
// context: ends that race with each other, with children being made, and with functions stopped.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/detail/sync/cancellation.h>
#include <weft/select.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class ContextRace : public with_procs {};
WEFT_INSTANTIATE_PROCS(ContextRace);

// A call that need not park after all ends its wait while the context ends: who ends the context
// must not touch what was the wait's memory.
TEST_P(ContextRace, AWaitThatIsOverIsLeftAlone) {
  run([] {
    std::mt19937_64 random(seed());
    for (int i = 0; i < scaled(5000); ++i) {
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      std::atomic<int> here = 0;
      const auto meet = [&here] {
        for (++here; here < 2;) weft::yield();
      };
      constexpr std::byte mark{0xA5};
      alignas(weft::detail::cancelable_wait)
          std::byte memory[sizeof(weft::detail::cancelable_wait)];
      {
        crew other;
        other.go([&meet, cancel] {
          meet();
          cancel();
        });
        auto* wait = ::new (memory) weft::detail::cancelable_wait(*weft::detail::signal_of(ctx));
        EXPECT_FALSE(wait->subscribe());
        meet();
        for (auto n = random() % 256; n != 0; --n) weft::detail::cpu_relax();
        wait->~cancelable_wait();
        std::ranges::fill(memory, mark);
      }
      EXPECT_EQ(std::ranges::count(memory, mark), std::ssize(memory)) << "in round " << i;
    }
  });
}

// An operation that can never be done parks, and its context ends at that moment.
TEST_P(ContextRace, WhatCanNeverBeDoneEndsWithItsContext) {
  run([] {
    for (int i = 0; i < scaled(2000); ++i) {
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      crew all;
      all.go([cancel] { cancel(); });
      EXPECT_FALSE(weft::chan<int>{}.recv(ctx).has_value());
      EXPECT_EQ(weft::chan<int>{}.send(1, ctx), errc::canceled);
    }
  });
}

// X06
TEST_P(ContextRace, AChildMadeWhileItsParentEndsAlwaysEnds) {
  run([] {
    const std::error_code cause = std::make_error_code(std::errc::broken_pipe);
    for (int i = 0; i < scaled(500); ++i) {
      auto [parent, cancel] = weft::with_cancel_cause(weft::background());
      crew all;
      all.go([cancel, cause] { cancel(cause); });
      auto [child, cancel_child] = weft::with_cancel(parent);
      EXPECT_FALSE(child.done().recv());
      EXPECT_EQ(child.err(), errc::canceled);
      EXPECT_EQ(child.cause(), cause);
    }
  });
}

// X07: and when any cancel() returns, the whole subtree has ended, whoever began.
TEST_P(ContextRace, AllOfATreeCanceledAtOnceInAnyOrder) {
  run([] {
    std::mt19937_64 random(seed());
    for (int round = 0; round < scaled(40); ++round) {
      struct entry {
        weft::context ctx;
        weft::cancel_function cancel;
        std::vector<std::size_t> below;
      };
      std::vector<entry> tree;
      for (std::size_t i = 0; i < 100; ++i) {
        std::size_t parent = i == 0 ? 0 : random() % i;
        auto [ctx, cancel] =
            i == 0 ? weft::with_cancel(weft::background()) : weft::with_cancel(tree[parent].ctx);
        tree.push_back({ctx, cancel, {}});
        if (i != 0) tree[parent].below.push_back(i);
      }
      std::vector<std::size_t> order(tree.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random);
      std::atomic<int> alive_below = 0;
      crew all;
      for (std::size_t i : order) {
        all.go([&, i] {
          tree[i].cancel();
          std::vector<std::size_t> walk{i};
          while (!walk.empty()) {
            const entry& e = tree[walk.back()];
            walk.pop_back();
            if (!e.ctx.err()) ++alive_below;
            walk.insert(walk.end(), e.below.begin(), e.below.end());
          }
        });
      }
      for (const auto& e : tree) EXPECT_FALSE(e.ctx.done().recv());
      all.join();
      EXPECT_EQ(alive_below, 0);
    }
  });
}

// X08
TEST_P(ContextRace, AChildCanceledFromTheParentsDoneWhileTheParentIsEnding) {
  run([] {
    for (int i = 0; i < scaled(500); ++i) {
      auto [parent, cancel] = weft::with_cancel(weft::background());
      auto [child, cancel_child] = weft::with_cancel(parent);
      crew all;
      all.go([parent, cancel_child] {
        parent.done().recv();
        cancel_child();
      });
      cancel();
      EXPECT_EQ(child.err(), errc::canceled);
    }
  });
}

// X36
TEST_P(ContextRace, StopOrStartButNotBothNorNeither) {
  run([] {
    for (int i = 0; i < scaled(1000); ++i) {
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      std::atomic<int> ran = 0;
      auto stop = weft::after_func(ctx, [&] { ++ran; });
      bool stopped = false;
      {
        crew all;
        all.go([cancel] { cancel(); });
        all.go([&] { stopped = stop(); });
      }
      if (stopped) {
        EXPECT_EQ(ran, 0);
      } else {
        EXPECT_TRUE(eventually([&] { return ran == 1; }));
      }
    }
  });
}

// X37
TEST_P(ContextRace, DoneIsClosedOnceErrTells) {
  run([] {
    for (int i = 0; i < scaled(500); ++i) {
      auto [ctx, cancel] = weft::with_cancel(weft::background());
      const auto done = ctx.done();
      crew all;
      all.go([cancel] { cancel(); });
      while (!ctx.err()) weft::yield();
      bool closed = false;
      weft::select(weft::on_recv(done, [&](bool got) { closed = !got; }), weft::otherwise([] {}));
      EXPECT_TRUE(closed);
    }
  });
}

TEST_P(ContextRace, CancelAgainstDeadline) {
  run([] {
    for (int i = 0; i < scaled(300); ++i) {
      auto [ctx, cancel] =
          weft::with_timeout(weft::background(), std::chrono::microseconds(i % 50));
      auto [child, cancel_child] = weft::with_cancel(ctx);
      for (int spin = 0; spin < i % 7; ++spin) weft::yield();
      cancel();
      const std::error_code e = ctx.err();
      EXPECT_TRUE(e == errc::canceled || e == errc::deadline_exceeded);
      EXPECT_EQ(child.err(), e);
      EXPECT_EQ(ctx.err(), e) << "an end is final";
    }
  });
}

// Children made and dropped by many while the parent ends.
TEST_P(ContextRace, ChildrenDroppedWhileTheParentEnds) {
  run([] {
    for (int i = 0; i < scaled(100); ++i) {
      auto [parent, cancel] = weft::with_cancel(weft::background());
      crew all;
      for (int worker = 0; worker < 4; ++worker) {
        all.go([parent] {
          for (int k = 0; k < 50; ++k) {
            auto [child, c] = weft::with_timeout(parent, 1h);
            auto [grandchild, gc] = weft::with_cancel(child);
            if (k % 3 == 0) c();
          }
        });
      }
      weft::yield();
      cancel();
      all.join();
      EXPECT_EQ(parent.err(), errc::canceled);
    }
  });
}

}  // namespace
}  // namespace weft_test
