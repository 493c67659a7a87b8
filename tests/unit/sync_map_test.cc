// SPDX-License-Identifier: Apache-2.0
// sync_map: the operations one by one, and against a plain map.
#include <weft/sync_map.h>

#include <map>
#include <random>
#include <stdexcept>
#include <string>

#include "support/hashes.h"
#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class SyncMap : public with_procs {};
WEFT_INSTANTIATE_PROCS(SyncMap);

TEST_P(SyncMap, EachOperationAlone) {
  run([] {
    weft::sync_map<std::string, int> m;
    EXPECT_EQ(m.load("a"), std::nullopt);
    m.store("a", 1);
    EXPECT_EQ(m.load("a"), 1);
    m.store("a", 2);
    EXPECT_EQ(m.load("a"), 2);
    EXPECT_EQ(m.load_or_store("a", 3), std::pair(2, true));
    EXPECT_EQ(m.load_or_store("b", 3), std::pair(3, false));
    EXPECT_EQ(m.swap("b", 4), 3);
    EXPECT_EQ(m.swap("c", 5), std::nullopt);
    EXPECT_EQ(m.load_and_delete("c"), 5);
    EXPECT_EQ(m.load_and_delete("c"), std::nullopt);
    EXPECT_TRUE(m.erase("b"));
    EXPECT_FALSE(m.erase("b"));
    EXPECT_FALSE(m.compare_and_swap("a", 9, 10));
    EXPECT_TRUE(m.compare_and_swap("a", 2, 10));
    EXPECT_EQ(m.load("a"), 10);
    EXPECT_FALSE(m.compare_and_delete("a", 2));
    EXPECT_TRUE(m.compare_and_delete("a", 10));
    EXPECT_EQ(m.load("a"), std::nullopt);
    m.store("x", 1);
    m.clear();
    EXPECT_EQ(m.load("x"), std::nullopt);
  });
}

// P05
TEST_P(SyncMap, CompareAndSwapOfAnAbsentKeyFails) {
  run([] {
    weft::sync_map<int, int*> m;
    int one = 1;
    EXPECT_FALSE(m.compare_and_swap(1, nullptr, &one));
    EXPECT_FALSE(m.compare_and_delete(1, nullptr));
    EXPECT_EQ(m.load(1), std::nullopt);
  });
}

// P01
template <class Hash>
void compare_with_a_plain_map(int keys, int steps) {
  std::mt19937_64 random(seed());
  weft::sync_map<int, int, Hash> m;
  std::map<int, int> plain;
  for (int i = 0; i < steps; ++i) {
    const int k = static_cast<int>(random() % static_cast<unsigned>(keys));
    const int v = static_cast<int>(random() % 4);
    const auto found = plain.find(k);
    const std::optional<int> before =
        found == plain.end() ? std::nullopt : std::optional(found->second);
    switch (random() % 10) {
      case 0:
      case 1:
        ASSERT_EQ(m.load(k), before);
        break;
      case 2:
      case 3:
        m.store(k, v);
        plain[k] = v;
        break;
      case 4:
        ASSERT_EQ(m.load_or_store(k, v), std::pair(before.value_or(v), before.has_value()));
        plain.emplace(k, v);
        break;
      case 5:
        ASSERT_EQ(m.swap(k, v), before);
        plain[k] = v;
        break;
      case 6:
        ASSERT_EQ(m.compare_and_swap(k, v, v + 1), before == v);
        if (before == v) plain[k] = v + 1;
        break;
      case 7:
        ASSERT_EQ(m.compare_and_delete(k, v), before == v);
        if (before == v) plain.erase(k);
        break;
      case 8:
        ASSERT_EQ(m.load_and_delete(k), before);
        plain.erase(k);
        break;
      default:
        ASSERT_EQ(m.erase(k), before.has_value());
        plain.erase(k);
    }
    if (i % 1000 == 0) {
      ASSERT_EQ(contents(m), plain);
    }
    if (i % 5000 == 4999) {
      m.clear();
      plain.clear();
    }
  }
  ASSERT_EQ(contents(m), plain);
}

TEST_P(SyncMap, DoesWhatAPlainMapDoes) {
  run([] {
    compare_with_a_plain_map<std::hash<int>>(8, scaled(20000));
    compare_with_a_plain_map<std::hash<int>>(1000, scaled(20000));
    compare_with_a_plain_map<few_hashes>(40, scaled(10000));
    compare_with_a_plain_map<same_hash>(20, scaled(5000));
  });
}

TEST_P(SyncMap, GrowsWithItsKeys) {
  run([] {
    weft::sync_map<int, int> m;
    const int n = scaled(100000);
    for (int i = 0; i < n; ++i) m.store(i, -i);
    for (int i = 0; i < n; ++i) ASSERT_EQ(m.load(i), -i);
    EXPECT_EQ(m.load(n), std::nullopt);
    EXPECT_EQ(contents(m).size(), static_cast<std::size_t>(n));
    for (int i = 0; i < n; i += 2) ASSERT_TRUE(m.erase(i));
    for (int i = 0; i < n; ++i) ASSERT_EQ(m.load(i).has_value(), i % 2 == 1);
    m.clear();
    EXPECT_TRUE(contents(m).empty());
  });
}

TEST_P(SyncMap, RangeLetsItsFunctionDoAnything) {
  run([] {
    weft::sync_map<int, int, few_hashes> m;
    for (int k = 0; k < 200; ++k) m.store(k, k);
    int calls = 0;
    m.range([&](int k, int v) {
      ++calls;
      EXPECT_EQ(k, v);
      m.erase(k);
      m.store(k + 1000, k);
      m.range([](int, int) { return false; });
      weft::yield();
      m.erase(k + 1000);
      return true;
    });
    EXPECT_EQ(calls, 200);
    EXPECT_TRUE(contents(m).empty());
  });
}

// P07
TEST_P(SyncMap, RangeStopsWhenTold) {
  run([] {
    weft::sync_map<int, int> m;
    for (int k = 0; k < 500; ++k) m.store(k, k);
    int calls = 0;
    m.range([&](int, int) { return ++calls < 100; });
    EXPECT_EQ(calls, 100);
  });
}

// P03
TEST_P(SyncMap, DeletedValuesAreReleased) {
  run([] {
    const tracked_scope no_leak;
    weft::sync_map<int, tracked> m;
    int most = 0;
    for (int i = 0; i < scaled(20000); ++i) {
      m.store(i, tracked(i));
      m.store(i, tracked(i + 1));
      m.erase(i);
      most = std::max(most, tracked::live.load());
    }
    EXPECT_LT(most, 2000);
    for (int i = 0; i < 100; ++i) m.store(i, tracked(i));
    m.clear();
    EXPECT_EQ(tracked::live, 0) << "clear() leaves nothing, if nobody reads";
    for (int i = 0; i < 100; ++i) m.store(i, tracked(i));
  });
}

TEST_P(SyncMap, ASeldomDeletedValueIsReleasedAtOnce) {
  run([] {
    const tracked_scope no_leak;
    weft::sync_map<int, tracked> m;
    m.store(1, tracked(1));
    m.erase(1);
    EXPECT_EQ(tracked::live, 0);
  });
}

TEST_P(SyncMap, AThrowingCopyChangesNothing) {
  struct fragile {
    int number = 0;
    bool* armed = nullptr;
    fragile(int n, bool* a) : number(n), armed(a) {}
    fragile(const fragile& o) : number(o.number), armed(o.armed) {
      if (*armed) throw std::runtime_error("copy");
    }
    fragile(fragile&&) = default;
    bool operator==(const fragile& o) const { return number == o.number; }
  };
  run([] {
    bool armed = false;
    weft::sync_map<int, fragile> m;
    m.store(1, fragile(1, &armed));
    armed = true;
    EXPECT_THROW(static_cast<void>(m.load(1)), std::runtime_error);
    EXPECT_THROW(m.load_and_delete(1), std::runtime_error);
    EXPECT_THROW(m.swap(1, fragile(2, &armed)), std::runtime_error);
    EXPECT_THROW(m.load_or_store(2, fragile(2, &armed)), std::runtime_error);
    armed = false;
    EXPECT_EQ(m.load(1)->number, 1);
    EXPECT_FALSE(m.load(2).has_value());
  });
}

// A destructor that comes back to the map it is destroyed by.
TEST_P(SyncMap, DestructorsMayUseTheMap) {
  struct farewell;
  using map = weft::sync_map<int, std::shared_ptr<farewell>>;
  struct farewell {
    map* m;
    int key;
    ~farewell() {
      m->erase(key + 1);
      weft::yield();
    }
  };
  run([] {
    map m;
    for (int i = 0; i < scaled(3000); ++i) {
      m.store(i + 1, nullptr);
      m.store(i, std::make_shared<farewell>(farewell{&m, i}));
      m.erase(i);
    }
    m.clear();
  });
}

}  // namespace
}  // namespace weft_test
