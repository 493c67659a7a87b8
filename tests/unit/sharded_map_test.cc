// SPDX-License-Identifier: Apache-2.0
// sharded_map: the operations one by one, against a plain map, and at once.
#include <weft/sharded_map.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/hashes.h"
#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class ShardedMap : public with_procs {};
WEFT_INSTANTIATE_PROCS(ShardedMap);

TEST_P(ShardedMap, EachOperationAlone) {
  run([] {
    weft::sharded_map<std::string, int> m;
    EXPECT_EQ(m.get("a"), std::nullopt);
    m.set("a", 1);
    const std::string a = "a";
    m.set(a, 2);
    EXPECT_EQ(m.get("a"), 2);
    EXPECT_TRUE(m.contains("a"));
    EXPECT_FALSE(m.contains("b"));
    m.update("a", [](int& v) { v += 5; });
    EXPECT_EQ(m.update("b", [](int& v) { return ++v; }), 1);
    EXPECT_EQ(m.size(), 2U);
    m.for_each([](const std::string&, int& v) { v *= 10; });
    EXPECT_EQ(m.get("a"), 70);
    int sum = 0;
    std::as_const(m).for_each([&](const std::string&, int v) { sum += v; });
    EXPECT_EQ(sum, 80);
    EXPECT_TRUE(m.erase("a"));
    EXPECT_FALSE(m.erase("a"));
    EXPECT_EQ(m.size(), 1U);
    m.clear();
    EXPECT_EQ(m.size(), 0U);
    EXPECT_EQ(m.get("b"), std::nullopt);
  });
}

template <class Map>
void compare_with_a_plain_map(Map& m, int keys, int steps) {
  std::mt19937_64 random(seed());
  std::map<int, int> plain;
  for (int i = 0; i < steps; ++i) {
    const int k = static_cast<int>(random() % static_cast<unsigned>(keys));
    const auto found = plain.find(k);
    switch (random() % 6) {
      case 0:
        m.set(k, typename Map::mapped_type(1, i));
        plain[k] = i;
        break;
      case 1:
      case 2:
        ASSERT_EQ(m.erase(k), plain.erase(k) != 0);
        break;
      case 3:
        m.update(k, [&](auto& v) { v.assign(1, i); });
        plain[k] = i;
        break;
      default: {
        const auto v = m.get(k);
        ASSERT_EQ(v.has_value(), found != plain.end());
        if (v) {
          ASSERT_EQ(v->front(), found->second);
        }
      }
    }
    ASSERT_EQ(i % 100 == 0 ? m.size() : plain.size(), plain.size());
  }
  std::map<int, int> all;
  m.for_each([&](int k, const auto& v) { ASSERT_TRUE(all.emplace(k, v.front()).second); });
  ASSERT_EQ(all, plain);
}

// A std::vector is kept in the table, a std::deque, whose move may throw, beside it.
TEST_P(ShardedMap, DoesWhatAPlainMapDoes) {
  run([] {
    weft::sharded_map<int, std::vector<int>> flat;
    compare_with_a_plain_map(flat, 500, scaled(20000));
    weft::sharded_map<int, std::deque<int>> apart(2);
    compare_with_a_plain_map(apart, 500, scaled(20000));
    weft::sharded_map<int, std::vector<int>, few_hashes> few(1);
    compare_with_a_plain_map(few, 60, scaled(10000));
    weft::sharded_map<int, std::vector<int>, same_hash> same;
    compare_with_a_plain_map(same, 20, scaled(10000));
  });
}

TEST_P(ShardedMap, GrowsWithItsKeys) {
  run([] {
    weft::sharded_map<int, int> m;
    const int n = scaled(100000);
    for (int i = 0; i < n; ++i) m.set(i, -i);
    EXPECT_EQ(m.size(), static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) ASSERT_EQ(m.get(i), -i);
    EXPECT_EQ(m.get(n), std::nullopt);
    for (int i = 0; i < n; i += 2) ASSERT_TRUE(m.erase(i));
    for (int i = 0; i < n; ++i) ASSERT_EQ(m.get(i).has_value(), i % 2 == 1);
  });
}

TEST_P(ShardedMap, ValuesAreDestroyedWhenTheyGo) {
  run([] {
    const tracked_scope no_leak;
    weft::sharded_map<int, tracked> m;
    for (int i = 0; i < 1000; ++i) m.set(i, tracked(i));
    EXPECT_EQ(tracked::live, 1000);
    for (int i = 0; i < 1000; ++i) m.set(i, tracked(i + 1));
    EXPECT_EQ(tracked::live, 1000);
    for (int i = 0; i < 500; ++i) m.erase(i);
    EXPECT_EQ(tracked::live, 500);
    m.clear();
    EXPECT_EQ(tracked::live, 0);
    for (int i = 0; i < 100; ++i) m.update(i, [](tracked& v) { v.number = 1; });
    EXPECT_EQ(tracked::live, 100);
  });
}

TEST_P(ShardedMap, TakesMoveOnlyValues) {
  run([] {
    weft::sharded_map<std::string, std::unique_ptr<int>> m;
    m.set("a", std::make_unique<int>(1));
    m.set("a", std::make_unique<int>(2));
    EXPECT_EQ(m.update("a", [](std::unique_ptr<int>& v) { return *v; }), 2);
    auto taken = m.update("a", [](std::unique_ptr<int>& v) { return std::move(v); });
    EXPECT_EQ(*taken, 2);
    EXPECT_TRUE(m.erase("a"));
  });
}

TEST_P(ShardedMap, AThrowingFunctionLetsTheStripeGo) {
  run([] {
    weft::sharded_map<int, int> m(1);
    EXPECT_THROW(m.update(1, [](int& v) { v = 5, throw std::runtime_error("f"); }),
                 std::runtime_error);
    EXPECT_EQ(m.get(1), 5);
    EXPECT_THROW(m.for_each([](int, int) { throw std::runtime_error("f"); }), std::runtime_error);
    crew one;
    one.go([&] { m.update(1, [](int&) { weft::yield(); }); });
    one.join();
    weft::wait_group wg;
    wg.go([&] { m.update(1, [](int&) { weft::exit_goroutine(); }); });
    wg.wait();
    EXPECT_TRUE(m.erase(1));
  });
}

// Destructors run without the lock, so they may come back.
TEST_P(ShardedMap, DestructorsMayUseTheMap) {
  struct farewell;
  using map = weft::sharded_map<int, std::unique_ptr<farewell>>;
  struct farewell {
    farewell(map* from, int k) : m(from), key(k) {}
    farewell(const farewell&) = delete;
    ~farewell() { m->erase(key); }
    map* m;
    int key;
  };
  run([] {
    map m(2);
    for (int i = 0; i < 100; ++i) {
      m.set(i, std::make_unique<farewell>(&m, i));
      m.set(i, nullptr);
      EXPECT_FALSE(m.contains(i));
      m.set(i, std::make_unique<farewell>(&m, i - 1));
      EXPECT_TRUE(m.erase(i));
    }
  });
}

template <class Map>
void count_at_once(Map& m) {
  constexpr int keys = 50;
  const int rounds = scaled(2000);
  {
    crew all;
    for (int g = 0; g < 6; ++g) {
      all.go([&, g] {
        for (int i = 0; i < rounds; ++i) {
          m.update((i * 7 + g) % keys, [&](int& v) {
            const int before = v;
            if (i % 64 == 0) weft::yield();
            v = before + 1;
          });
          m.set(1000 + g, i);
          ASSERT_EQ(m.get(1000 + g), i);
          if (i % 16 == 0) m.erase(1000 + g);
        }
      });
    }
  }
  int sum = 0;
  m.for_each([&](int k, int v) { sum += k < keys ? v : 0; });
  EXPECT_EQ(sum, 6 * rounds);
}

TEST_P(ShardedMap, NoUpdateIsLost) {
  run([] {
    weft::sharded_map<int, int> many;
    count_at_once(many);
    weft::sharded_map<int, int> few(1);
    count_at_once(few);
    weft::sharded_map<int, int, same_hash> same;
    count_at_once(same);
  });
}

TEST_P(ShardedMap, PlainThreadsTakePart) {
  run([] {
    weft::sharded_map<int, int> m;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < scaled(2000); ++i) m.update(i % 100, [](int& v) { ++v; });
      });
    }
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
    int sum = 0;
    m.for_each([&](int, int v) { sum += v; });
    EXPECT_EQ(sum, 4 * scaled(2000));
  });
}

}  // namespace
}  // namespace weft_test
