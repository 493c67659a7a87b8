// SPDX-License-Identifier: Apache-2.0
// goroutine_local: one value per goroutine, made at first use, destroyed with it.
#include <weft/go.h>

#include <memory>
#include <string>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class GoroutineLocal : public with_procs {};
WEFT_INSTANTIATE_PROCS(GoroutineLocal);

weft::goroutine_local<int> g_number;
weft::goroutine_local<std::string> g_text;

struct tracked {
  static inline std::atomic<int> live = 0;
  tracked() { ++live; }
  tracked(const tracked&) = delete;
  tracked& operator=(const tracked&) = delete;
  ~tracked() { --live; }
  int number = 5;
};
weft::goroutine_local<tracked> g_tracked;

TEST_P(GoroutineLocal, EachGoroutineHasItsOwn) {
  run([] {
    EXPECT_EQ(*g_number, 0);
    *g_number = -1;
    crew all;
    for (int g = 0; g < 20; ++g) {
      all.go([g] {
        EXPECT_EQ(*g_number, 0);
        EXPECT_TRUE(g_text->empty());
        *g_number = g;
        g_text.get() = std::to_string(g);
        for (int i = 0; i < 10; ++i) {
          weft::yield();
          ASSERT_EQ(*g_number, g);
          ASSERT_EQ(*g_text, std::to_string(g));
        }
      });
    }
    all.join();
    EXPECT_EQ(*g_number, -1);
  });
}

TEST_P(GoroutineLocal, MadeAtFirstUseAndDestroyedWithTheGoroutine) {
  run([] {
    {
      crew all;
      for (int g = 0; g < 10; ++g) {
        all.go([g] {
          if (g % 2 == 0) {
            EXPECT_EQ(g_tracked->number, 5);
          }
          weft::yield();
        });
      }
    }
    EXPECT_TRUE(eventually([] { return tracked::live == 0; }));
  });
}

TEST_P(GoroutineLocal, DestroyedWhenTheGoroutineExits) {
  run([] {
    weft::wait_group wg;
    wg.go([] {
      g_tracked.get().number = 6;
      weft::exit_goroutine();
    });
    wg.wait();
    EXPECT_TRUE(eventually([] { return tracked::live == 0; }));
  });
}

TEST_P(GoroutineLocal, ReusedGoroutinesStartAfresh) {
  run([] {
    for (int i = 0; i < 200; ++i) {
      weft::wait_group wg;
      wg.go([] {
        ASSERT_EQ(*g_number, 0);
        *g_number = 7;
      });
      wg.wait();
    }
  });
}

TEST_P(GoroutineLocal, AValueMayLiveAndDieWithItsHandle) {
  run([] {
    weft::goroutine_local<std::unique_ptr<int>> local;
    weft::goroutine_local<int> other;
    EXPECT_EQ(*local, nullptr);
    *other = 3;
    *local = std::make_unique<int>(4);
    weft::yield();
    EXPECT_EQ(**local, 4);
    EXPECT_EQ(other.get(), 3);
  });
}

TEST_P(GoroutineLocal, PlainThreadsHaveTheirOwnToo) {
  std::thread t([] {
    EXPECT_EQ(*g_number, 0);
    *g_number = 9;
    EXPECT_EQ(*g_number, 9);
  });
  t.join();
  run([] { EXPECT_EQ(*g_number, 0); });
}

}  // namespace
}  // namespace weft_test
