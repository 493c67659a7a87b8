// SPDX-License-Identifier: Apache-2.0
// pool: taking and giving, bounds, and many at once.
#include <weft/pool.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

class Pool : public with_procs {};
WEFT_INSTANTIATE_PROCS(Pool);

// P08
TEST_P(Pool, MakesOneWhenItHasNone) {
  run([] {
    int made = 0;
    weft::pool<int> p([&] { return ++made; });
    EXPECT_EQ(p.get(), 1);
    EXPECT_EQ(p.get(), 2);
    weft::pool<std::string> plain;
    EXPECT_EQ(plain.get(), "");
    weft::pool deduced([] { return std::string("made"); });
    EXPECT_EQ(deduced.get(), "made");
  });
}

TEST_P(Pool, GivesBackWhatWasPut) {
  run([] {
    weft::pool<std::string> p([] { return std::string("new"); });
    p.put("a");
    p.put("b");
    std::vector<std::string> got = {p.get(), p.get()};
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(p.get(), "new");
  });
}

// P09: for one goroutine that stays on its processor
TEST_P(Pool, GivesTheOneInFrontAndThenTheLastOnePut) {
  run([] {
    if (GetParam() != 1 || std::getenv("WEFT_DEBUG") != nullptr) return;
    weft::pool<int> p([] { return -1; });
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 10; ++i) p.put(i);
      EXPECT_EQ(p.get(), 0);
      for (int i = 9; i > 5; --i) EXPECT_EQ(p.get(), i);
      p.put(20);
      p.put(21);
      EXPECT_EQ(p.get(), 20);
      EXPECT_EQ(p.get(), 21);
      for (int i = 5; i > 0; --i) EXPECT_EQ(p.get(), i);
      EXPECT_EQ(p.get(), -1);
    }
  });
}

TEST_P(Pool, TakesMoveOnlyObjects) {
  run([] {
    weft::pool<std::unique_ptr<int>> p([] { return std::make_unique<int>(1); });
    auto one = p.get();
    const int* address = one.get();
    p.put(std::move(one));
    EXPECT_EQ(p.get().get(), address);
  });
}

// P13
TEST_P(Pool, IgnoresNull) {
  run([] {
    weft::pool<std::unique_ptr<int>> p([] { return std::make_unique<int>(1); });
    p.put(nullptr);
    EXPECT_NE(p.get(), nullptr);
    int object = 0;
    weft::pool<int*> q([&] { return &object; });
    q.put(nullptr);
    EXPECT_EQ(q.get(), &object);
  });
}

TEST_P(Pool, KeepsSoManyAndNoMore) {
  run([] {
    const tracked_scope no_leak;
    weft::pool<tracked> p;
    for (int i = 0; i < 100'000; ++i) p.put(tracked(i));
    EXPECT_GE(tracked::live, 64);
    EXPECT_LE(tracked::live, 64 * 256);
    struct large {
      tracked counted;
      std::array<char, 40'000> room{};
    };
    weft::pool<large> q;
    const int before = tracked::live;
    {
      const auto one = std::make_unique<large>();
      for (int i = 0; i < 2000; ++i) q.put(*one);
    }
    EXPECT_GE(tracked::live - before, 4);
    EXPECT_LE(tracked::live - before, 4 * 256);
  });
}

TEST_P(Pool, AFailingMakeComesOut) {
  run([] {
    weft::pool<int> p([]() -> int { throw std::runtime_error("no more"); });
    EXPECT_THROW(static_cast<void>(p.get()), std::runtime_error);
    p.put(3);
    EXPECT_EQ(p.get(), 3);
  });
}

TEST_P(Pool, AThrowingMoveLeavesItInOrder) {
  static bool armed;
  struct fragile {
    fragile() = default;
    fragile(fragile&& o) : counted(o.counted) {
      if (armed) throw std::runtime_error("move");
    }
    tracked counted;
  };
  run([] {
    const tracked_scope no_leak;
    armed = false;
    weft::pool<fragile> p;
    p.put(fragile());
    p.put(fragile());
    armed = true;
    EXPECT_THROW(static_cast<void>(p.get()), std::runtime_error);
    fragile mine;
    EXPECT_THROW(p.put(std::move(mine)), std::runtime_error);
    armed = false;
    EXPECT_EQ(tracked::live, 2) << "one is lost";
    p.put(fragile());
    static_cast<void>(p.get());
    static_cast<void>(p.get());
    EXPECT_EQ(tracked::live, 1);
  });
}

// P11, P12
TEST_P(Pool, EachObjectIsInOneHandAtATime) {
  run([] {
    const tracked_scope no_leak;
    struct object {
      tracked counted;
      std::atomic<int> users = 0;
    };
    {
      weft::pool<std::unique_ptr<object>> p([] { return std::make_unique<object>(); });
      crew all;
      for (int g = 0; g < 8; ++g) {
        all.go([&, g] {
          std::vector<std::unique_ptr<object>> mine;
          for (int i = 0; i < scaled(3000); ++i) {
            mine.push_back(p.get());
            EXPECT_EQ(++mine.back()->users, 1);
            if (i % 8 == g) weft::yield();
            if (mine.size() < static_cast<std::size_t>(i % 5)) continue;
            while (!mine.empty()) {
              EXPECT_EQ(--mine.back()->users, 0);
              p.put(std::move(mine.back()));
              mine.pop_back();
            }
          }
        });
      }
    }
    EXPECT_EQ(tracked::live, 0);
  });
}

// INV-1: a goroutine that parks in the middle of a move holds up nobody.
TEST_P(Pool, MovingAnObjectMayPark) {
  struct slow {
    int number = 0;
    slow() = default;
    slow(slow&& other) noexcept : number(other.number) { weft::yield(); }
  };
  run([] {
    weft::pool<slow> p;
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([&] {
        for (int i = 0; i < scaled(300); ++i) p.put(p.get());
      });
    }
  });
}

TEST_P(Pool, PlainThreadsTakePart) {
  run([] {
    weft::pool<std::vector<int>> p;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < scaled(2000); ++i) {
          auto v = p.get();
          v.assign(8, t);
          for (const int n : v) EXPECT_EQ(n, t);
          p.put(std::move(v));
        }
      });
    }
    weft::blocking([&] {
      for (auto& t : threads) t.join();
    });
  });
}

}  // namespace
}  // namespace weft_test
