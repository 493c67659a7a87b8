// SPDX-License-Identifier: Apache-2.0
// sync_map: operations at once.
#include <weft/sync_map.h>

#include <map>
#include <thread>
#include <vector>

#include "support/hashes.h"
#include "support/tally.h"
#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class SyncMapRace : public with_procs {};
WEFT_INSTANTIATE_PROCS(SyncMapRace);

// P02
TEST_P(SyncMapRace, RangeDuringStoresShowsEachKeyOnce) {
  run([] {
    constexpr int n = 1024;
    weft::sync_map<int, int> m;
    for (int k = 0; k < n; ++k) m.store(k, k);
    std::atomic<bool> over = false;
    crew writers;
    for (int g = 1; g <= 3; ++g) {
      writers.go([&, g] {
        for (int r = 0; !over; ++r) {
          for (int k = 0; k < n; ++k) {
            if (g == 1 || k % 2 == 0) m.store(k, k * (g + r % 5));
          }
          weft::yield();
        }
      });
    }
    for (int i = 0; i < scaled(200); ++i) {
      tally seen(n);
      m.range([&](int k, int v) {
        seen.add(k);
        EXPECT_EQ(k == 0 ? v : v % k, 0) << "no value of key " << k;
        return true;
      });
      seen.expect_each_once();
      weft::yield();
    }
    over = true;
  });
}

// P06
TEST_P(SyncMapRace, ClearedKeysStayAway) {
  run([] {
    weft::sync_map<int, int> m;
    std::atomic<bool> over = false;
    crew others;
    for (int g = 0; g < 3; ++g) {
      others.go([&, g] {
        for (int i = 0; !over; ++i) {
          m.store(1000 + i % 50 + g, i);
          static_cast<void>(m.load(i % 100));
          m.load_and_delete(1000 + i % 50);
          if (i % 16 == 0) weft::yield();
        }
      });
    }
    // Keys below 100 are mine.
    for (int i = 0; i < scaled(2000); ++i) {
      m.store(i % 100, i);
      m.store(i % 7, i);
      ASSERT_TRUE(m.load(i % 100).has_value());
      m.clear();
      ASSERT_FALSE(m.load(i % 100).has_value());
      ASSERT_FALSE(m.load(i % 7).has_value());
      if (i % 16 == 0) weft::yield();
    }
    over = true;
  });
}

// Who stores the first key and then the second can find the second alone only if clear() took the
// first and left the second: never the other way round.
TEST_P(SyncMapRace, ClearTakesAllAtOneInstant) {
  run([] {
    weft::sync_map<int, int> m;
    std::atomic<bool> over = false;
    crew others;
    others.go([&] {
      while (!over) {
        m.clear();
        weft::yield();
      }
    });
    for (int i = 0; i < scaled(5000); ++i) {
      const int first = i % 64;
      const int second = (i * 7 + 1) % 64 + 64;
      m.store(first, i);
      m.store(second, i);
      // Only clear() removes; if the later store is gone then so is the earlier one.
      if (m.load(second) != i) {
        ASSERT_NE(m.load(first), i) << i;
      }
      if (i % 8 == 0) weft::yield();
    }
    over = true;
  });
}

TEST_P(SyncMapRace, LoadOrStoreHasOneWinner) {
  run([] {
    constexpr int keys = 200;
    weft::sync_map<int, int, few_hashes> m;
    tally stored(keys);
    crew all;
    for (int g = 0; g < 6; ++g) {
      all.go([&, g] {
        for (int k = 0; k < keys; ++k) {
          const auto [v, loaded] = m.load_or_store(k, g);
          if (!loaded) stored.add(k);
          EXPECT_EQ(m.load(k), v);
          if (k % 8 == g) weft::yield();
        }
      });
    }
    all.join();
    stored.expect_each_once();
  });
}

template <class Hash>
void count_with_compare_and_swap() {
  constexpr int keys = 5;
  const int rounds = scaled(2000);
  weft::sync_map<int, int, Hash> m;
  crew all;
  for (int g = 0; g < 4; ++g) {
    all.go([&] {
      for (int i = 0; i < rounds; ++i) {
        const int k = i % keys;
        for (;;) {
          const auto now = m.load(k);
          if (now ? m.compare_and_swap(k, *now, *now + 1) : !m.load_or_store(k, 1).second) break;
        }
        if (i % 16 == 0) weft::yield();
      }
    });
  }
  all.join();
  int sum = 0;
  m.range([&](int, int v) {
    sum += v;
    return true;
  });
  EXPECT_EQ(sum, 4 * rounds);
}

TEST_P(SyncMapRace, NoIncrementIsLost) {
  run([] {
    count_with_compare_and_swap<std::hash<int>>();
    count_with_compare_and_swap<same_hash>();
  });
}

// Each token that is put in comes out once, by whichever operation.
TEST_P(SyncMapRace, EachValueIsTakenOnce) {
  run([] {
    const tracked_scope no_leak;
    constexpr int keys = 16;
    const int tokens = scaled(3000);
    weft::sync_map<int, tracked, few_hashes> m;
    tally taken(tokens * 3);
    std::atomic<int> producers = 3;
    crew all;
    for (int g = 0; g < 3; ++g) {
      all.go([&, g] {
        for (int i = 0; i < tokens; ++i) {
          const int token = g * tokens + i;
          if (const auto before = m.swap(i % keys, tracked(token))) taken.add(before->number);
          if (i % 16 == g) weft::yield();
        }
        --producers;
      });
      all.go([&, g] {
        for (int i = g; producers != 0; ++i) {
          if (const auto v = m.load_and_delete(i % keys)) taken.add(v->number);
          if (i % 8 == g) weft::yield();
        }
      });
    }
    all.join();
    for (int k = 0; k < keys; ++k)
      if (const auto v = m.load_and_delete(k)) taken.add(v->number);
    taken.expect_each_once();
  });
}

// Goroutines that change threads while they copy or compare.
TEST_P(SyncMapRace, CopyingAndComparingMayPark) {
  run([] {
    const tracked_scope no_leak(true);
    weft::sync_map<int, tracked, few_hashes> m;
    crew all;
    for (int g = 0; g < 6; ++g) {
      all.go([&, g] {
        for (int i = 0; i < scaled(500); ++i) {
          const int k = (i * 5 + g) % 12;
          switch ((i + g) % 5) {
            case 0:
              m.store(k, tracked(k));
              break;
            case 1:
              if (const auto v = m.load(k)) {
                EXPECT_EQ(v->number, k);
              }
              break;
            case 2:
              m.compare_and_swap(k, tracked(k), tracked(k));
              break;
            case 3:
              if (const auto v = m.load_and_delete(k)) {
                EXPECT_EQ(v->number, k);
              }
              break;
            default:
              m.range([](int key, const tracked& v) {
                EXPECT_EQ(key, v.number);
                return true;
              });
          }
        }
      });
    }
  });
}

TEST_P(SyncMapRace, PlainThreadsTakePart) {
  run([] {
    weft::sync_map<int, int> m;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < scaled(2000); ++i) m.store(i, t);
      });
    }
    crew all;
    all.go([&] {
      for (int i = 0; i < scaled(2000); ++i) m.load_or_store(i, 9);
    });
    all.join();
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    EXPECT_EQ(contents(m).size(), static_cast<std::size_t>(scaled(2000)));
  });
}

}  // namespace
}  // namespace weft_test
