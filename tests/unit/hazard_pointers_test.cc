// SPDX-License-Identifier: Apache-2.0
// hazard_pointers, retired_nodes: what is held is not destroyed, what is not held is.
#include <weft/detail/lib/hazard_pointers.h>
#include <weft/detail/lib/retired_nodes.h>
#include <weft/weft.h>

#include <thread>
#include <vector>

#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

using weft::detail::hazard_snapshot;
using weft::detail::hazards;
using weft::detail::retired_node;
using weft::detail::retired_nodes;

struct box : retired_node {
  explicit box(int n) : value(n) {}
  tracked value;
};

// What the users of hazard pointers state for the race build: a box is made before it is linked,
// and destroyed after all reads of it.
weft::detail::hb::cell g_linked;
weft::detail::hb::cell g_read;

retired_nodes::traits traits(bool light, bool prompt) {
  return {.destroy =
              [](retired_node* n) noexcept {
                const weft::detail::hb::aside all_readers(g_read);
                delete static_cast<box*>(n);
              },
          .address = [](const retired_node* n) noexcept -> const void* { return n; },
          .light = light,
          .prompt = prompt};
}

class HazardPointers : public with_procs {};
WEFT_INSTANTIATE_PROCS(HazardPointers);

TEST_P(HazardPointers, ASnapshotHasWhatIsHeldAndNothingElse) {
  run([] {
    int a = 0;
    int b = 0;
    hazards first;
    first.set(0, &a);
    {
      hazards second;
      second.set_light(1, &b);
      const hazard_snapshot s;
      EXPECT_TRUE(s.holds(&a));
      EXPECT_TRUE(s.holds(&b));
      EXPECT_FALSE(s.holds(&s));
    }
    const hazard_snapshot s;
    EXPECT_TRUE(s.holds(&a));
    EXPECT_FALSE(s.holds(&b));
  });
}

TEST_P(HazardPointers, StayWithTheGoroutineThatParks) {
  run([] {
    crew all;
    for (int k = 0; k < 20; ++k) {
      all.go([k] {
        hazards own;
        own.set(0, &own);
        for (int i = 0; i < scaled(200); ++i) {
          if ((i + k) % 3 == 0) {
            weft::yield();
          } else {
            weft::sleep_for(1us);
          }
          ASSERT_TRUE(hazard_snapshot().holds(&own));
        }
      });
    }
  });
}

TEST_P(HazardPointers, WhatIsHeldOutlivesEveryReclaim) {
  run([] {
    for (const bool light : {false, true}) {
      const tracked_scope no_leak;
      const auto t = traits(light, false);
      retired_nodes retired(t);
      auto* kept = new box(1);
      auto* gone = new box(2);
      {
        hazards own;
        own.set(0, kept);
        retired.add(*kept);
        retired.add(*gone);
        retired.reclaim();
        EXPECT_EQ(tracked::live, 1);
        EXPECT_EQ(kept->value.number, 1);
        retired.reclaim();
        EXPECT_EQ(tracked::live, 1);
      }
      retired.reclaim();
      EXPECT_EQ(tracked::live, 0);
    }
  });
}

TEST_P(HazardPointers, RetiredNodesDoNotPileUp) {
  run([] {
    for (const bool light : {false, true}) {
      const tracked_scope no_leak;
      const auto t = traits(light, false);
      retired_nodes retired(t);
      std::atomic<int> most = 0;
      {
        crew all;
        for (int k = 0; k < 4; ++k) {
          all.go([&] {
            for (int i = 0; i < scaled(5000); ++i) {
              auto* made = new box(i);
              weft::detail::hb::release_merge(g_read);
              retired.add(*made);
              const int now = tracked::live;
              if (now > most) most = now;
              if (i % 64 == 0) weft::yield();
            }
          });
        }
      }
      // One list for each processor, 512 nodes and some in each.
      EXPECT_LT(most, 16 * 1000);
    }
  });
}

// A first one is destroyed at once, since there has been none for long.
TEST_P(HazardPointers, SeldomOnesAreDestroyedPromptly) {
  run([] {
    const tracked_scope no_leak;
    const auto t = traits(true, true);
    retired_nodes retired(t);
    retired.add(*new box(1));
    EXPECT_EQ(tracked::live, 0);
  });
}

// A reader checks again and again what a writer replaces.
TEST_P(HazardPointers, NothingIsFreedUnderAReader) {
  run([] {
    const tracked_scope no_leak;
    const auto t = traits(false, false);
    retired_nodes retired(t);
    weft::detail::shared_word<box*> shared{new box(0)};
    {
      crew all;
      std::atomic<bool> over = false;
      for (int k = 0; k < 3; ++k) {
        all.go([&] {
          int last = 0;
          while (!over) {
            {
              hazards own;
              const box* b = own.protect(0, shared);
              weft::detail::hb::acquire(g_linked);
              const int seen = tracked(b->value).number;
              weft::detail::hb::release_merge(g_read);
              EXPECT_GE(seen, last);
              last = seen;
            }
            weft::yield();
          }
        });
      }
      for (int i = 1; i < scaled(20000); ++i) {
        auto* made = new box(i);
        weft::detail::hb::release_merge(g_linked);
        retired.add(*shared.exchange(made));
        if (i % 16 == 0) weft::yield();
      }
      over = true;
    }
    delete shared.load();
  });
}

TEST_P(HazardPointers, ThreadsThatEndLeaveTheirSlotsToOthers) {
  run([] {
    weft::blocking([] {
      for (int i = 0; i < 4; ++i) std::thread([] { const hazards own; }).join();
      const auto before = weft::detail::count_hazards();
      for (int i = 0; i < 100; ++i) std::thread([] { const hazards own; }).join();
      EXPECT_LE(weft::detail::count_hazards(), before + 4) << "each thread made a slot of its own";
    });
  });
}

}  // namespace
}  // namespace weft_test
