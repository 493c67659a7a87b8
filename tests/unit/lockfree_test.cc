// SPDX-License-Identifier: Apache-2.0
// lockfree::stack and lockfree::queue: one list of behaviours for both, and the order of each.
#include <weft/lockfree/queue.h>
#include <weft/lockfree/stack.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/tally.h"
#include "support/tracked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

using weft::lockfree::queue;
using weft::lockfree::stack;

class LockFree : public with_procs {};
WEFT_INSTANTIATE_PROCS(LockFree);

// Runs body.template operator()<Container>() for both kinds.
template <class F>
void each_kind(F body) {
  body.template operator()<stack<tracked>>();
  body.template operator()<queue<tracked>>();
}

TEST_P(LockFree, AStackGivesTheNewestFirst) {
  run([] {
    stack<std::string> s;
    EXPECT_TRUE(s.empty());
    EXPECT_EQ(s.pop(), std::nullopt);
    for (const char* word : {"a", "b", "c"}) s.push(word);
    EXPECT_FALSE(s.empty());
    EXPECT_EQ(s.pop(), "c");
    s.emplace(2U, 'd');
    EXPECT_EQ(s.pop(), "dd");
    EXPECT_EQ(s.pop(), "b");
    EXPECT_EQ(s.pop(), "a");
    EXPECT_EQ(s.pop(), std::nullopt);
  });
}

TEST_P(LockFree, AQueueGivesTheOldestFirst) {
  run([] {
    queue<std::string> q;
    EXPECT_TRUE(q.empty());
    EXPECT_EQ(q.pop(), std::nullopt);
    for (const char* word : {"a", "b", "c"}) q.push(word);
    EXPECT_FALSE(q.empty());
    EXPECT_EQ(q.pop(), "a");
    q.emplace(2U, 'd');
    EXPECT_EQ(q.pop(), "b");
    EXPECT_EQ(q.pop(), "c");
    EXPECT_EQ(q.pop(), "dd");
    EXPECT_EQ(q.pop(), std::nullopt);
    EXPECT_TRUE(q.empty());
  });
}

TEST_P(LockFree, WhatIsLeftIsDestroyedWithIt) {
  run([] {
    each_kind([]<class Container>() {
      const tracked_scope no_leak;
      Container c;
      for (int i = 0; i < 100; ++i) c.push(tracked(i));
      for (int i = 0; i < 40; ++i) c.pop();
      EXPECT_EQ(tracked::live, 60) << "a popped value is gone at once";
    });
  });
}

TEST_P(LockFree, TakesMoveOnlyElements) {
  run([] {
    stack<std::unique_ptr<int>> s;
    queue<std::unique_ptr<int>> q;
    s.push(std::make_unique<int>(1));
    q.push(std::make_unique<int>(2));
    EXPECT_EQ(**s.pop(), 1);
    EXPECT_EQ(**q.pop(), 2);
  });
}

TEST_P(LockFree, AThrowingElementIsNotPushed) {
  struct fragile {
    explicit fragile(bool fail) {
      if (fail) throw std::runtime_error("made");
    }
  };
  run([] {
    stack<fragile> s;
    queue<fragile> q;
    EXPECT_THROW(s.emplace(true), std::runtime_error);
    EXPECT_THROW(q.emplace(true), std::runtime_error);
    EXPECT_TRUE(s.empty());
    EXPECT_TRUE(q.empty());
    s.emplace(false);
    q.emplace(false);
    EXPECT_FALSE(s.empty());
    EXPECT_FALSE(q.empty());
  });
}

template <class Container>
void push_and_pop_at_once(bool threads) {
  const tracked_scope no_leak;
  constexpr int parties = 3;
  const int each = scaled(4000);
  tally popped(each * parties);
  Container c;
  std::atomic<int> pushing = parties;
  const auto push = [&](int g) {
    for (int i = 0; i < each; ++i) {
      c.push(tracked(g * each + i));
      if (i % 16 == g) weft::yield();
    }
    --pushing;
  };
  const auto pop = [&](int g) {
    for (int i = 0;; ++i) {
      const bool last = pushing == 0;
      const auto v = c.pop();
      if (v) popped.add(v->number);
      if (!v && last) return;
      if (!v || i % 32 == g) weft::yield();
    }
  };
  std::vector<std::thread> others;
  crew all;
  for (int g = 0; g < parties; ++g) {
    all.go([&, g] { push(g); });
    all.go([&, g] { pop(g); });
    if (threads) others.emplace_back([&, g] { pop(g); });
  }
  all.join();
  weft::blocking([&] {
    for (auto& t : others) t.join();
  });
  popped.expect_each_once();
  EXPECT_TRUE(c.empty());
}

TEST_P(LockFree, EachElementComesOutOnce) {
  run([] { each_kind([]<class Container>() { push_and_pop_at_once<Container>(false); }); });
}

TEST_P(LockFree, PlainThreadsTakePart) {
  run([] { each_kind([]<class Container>() { push_and_pop_at_once<Container>(true); }); });
}

// What one goroutine pushes comes out of a queue in that order, to whomever.
TEST_P(LockFree, AQueueKeepsTheOrderOfEachPusher) {
  run([] {
    constexpr int parties = 3;
    const int each = scaled(4000);
    queue<std::pair<int, int>> q;
    std::atomic<int> pushing = parties;
    crew all;
    for (int g = 0; g < parties; ++g) {
      all.go([&, g] {
        for (int i = 0; i < each; ++i) {
          q.push({g, i});
          if (i % 16 == g) weft::yield();
        }
        --pushing;
      });
      all.go([&] {
        std::array<int, parties> last;
        last.fill(-1);
        for (;;) {
          const bool end = pushing == 0;
          const auto v = q.pop();
          if (!v && end) return;
          if (!v) {
            weft::yield();
            continue;
          }
          int& before = last.at(static_cast<std::size_t>(v->first));
          ASSERT_GT(v->second, before);
          before = v->second;
        }
      });
    }
  });
}

// Few elements that go round fast: a node that came back to its old address must not be mistaken
// for the one that was there.
TEST_P(LockFree, ElementsThatGoRoundAreNeitherLostNorDoubled) {
  run([] {
    each_kind([]<class Container>() {
      const tracked_scope no_leak;
      Container c;
      constexpr int elements = 3;
      for (int i = 0; i < elements; ++i) c.push(tracked(i));
      {
        crew all;
        for (int g = 0; g < 6; ++g) {
          all.go([&, g] {
            for (int i = 0; i < scaled(5000); ++i) {
              if (auto v = c.pop()) c.push(std::move(*v));
              if (i % 16 == g) weft::yield();
            }
          });
        }
      }
      tally seen(elements);
      while (const auto v = c.pop()) seen.add(v->number);
      seen.expect_each_once();
    });
  });
}

// Each thread that ends leaves nothing behind.
TEST_P(LockFree, ThreadsMayComeAndGo) {
  run([] {
    each_kind([]<class Container>() {
      const tracked_scope no_leak;
      Container c;
      for (int round = 0; round < 10; ++round) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
          threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
              c.push(tracked(i));
              c.pop();
            }
          });
        }
        weft::blocking([&] {
          for (auto& t : threads) t.join();
        });
      }
      EXPECT_TRUE(c.empty());
    });
  });
}

// A move constructor that parks, and so lets the goroutine change threads.
TEST_P(LockFree, MovingAnElementMayPark) {
  struct slow {
    int number;
    explicit slow(int n) : number(n) {}
    slow(slow&& other) noexcept : number(other.number) { weft::yield(); }
  };
  run([] {
    stack<slow> s;
    queue<slow> q;
    std::atomic<int> sum = 0;
    {
      crew all;
      for (int g = 0; g < 6; ++g) {
        all.go([&] {
          for (int i = 0; i < scaled(500); ++i) {
            s.emplace(1);
            q.emplace(2);
            if (const auto v = s.pop()) sum += v->number;
            if (const auto v = q.pop()) sum += v->number;
          }
        });
      }
    }
    EXPECT_EQ(sum, 6 * 3 * scaled(500));
  });
}

static_assert(!std::is_copy_constructible_v<stack<int>>);
static_assert(!std::is_move_constructible_v<queue<int>>);

}  // namespace
}  // namespace weft_test
