// SPDX-License-Identifier: Apache-2.0
// The processors' queues, from the inside: order, no loss, no doubling, wrap-around; and that work
// is found wherever it lies.
#include <weft/go.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "runtime/processor.h"
#include "support/tally.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

using weft::detail::goroutine;
using weft::detail::processor;
using weft::detail::run_queue;
using weft::detail::spawn_deque;

// Control blocks that are queued and never run. Their ids tell them apart.
class blocks {
 public:
  explicit blocks(std::size_t n) : made_(std::make_unique<goroutine[]>(n)) {
    for (std::size_t i = 0; i < n; ++i) made_[i].id = i;
  }
  goroutine& operator[](std::size_t i) { return made_[i]; }

 private:
  std::unique_ptr<goroutine[]> made_;
};

constexpr std::uint32_t k_near_wrap = 0U - 300;

// R24: against a std::deque, by one thread, over the wrap-around of the counters
TEST(RunQueue, IsFirstInFirstOutUnderRandomOperations) {
  std::mt19937_64 random(seed());
  blocks all(run_queue::k_size);
  const auto queue = std::make_unique<run_queue>();
  queue->start_at(k_near_wrap);
  std::deque<goroutine*> model;
  std::vector<goroutine*> unused;
  for (std::size_t i = 0; i < run_queue::k_size; ++i) unused.push_back(&all[i]);
  for (int step = 0; step < scaled(200'000); ++step) {
    switch (random() % 5) {
      case 0:
      case 1:
        if (unused.empty()) {
          goroutine extra;
          ASSERT_FALSE(queue->push(extra)) << "took more than fits";
        } else {
          ASSERT_TRUE(queue->push(*unused.back()));
          model.push_back(unused.back());
          unused.pop_back();
        }
        break;
      case 2:
      case 3: {
        goroutine* const got = queue->pop();
        ASSERT_EQ(got, model.empty() ? nullptr : model.front());
        if (got == nullptr) break;
        model.pop_front();
        unused.push_back(got);
        break;
      }
      default: {
        const auto limit = static_cast<std::uint32_t>(1 + random() % (run_queue::k_size / 2));
        goroutine* taken[run_queue::k_size / 2];
        const std::uint32_t n = queue->take_half(taken, limit);
        ASSERT_EQ(n, std::min<std::size_t>(limit, model.size() - model.size() / 2));
        for (std::uint32_t i = 0; i < n; ++i) {
          ASSERT_EQ(taken[i], model.front());
          model.pop_front();
          unused.push_back(taken[i]);
        }
      }
    }
    ASSERT_EQ(queue->size(), model.size());
  }
}

// R24: an owner and thieves at once
class Stealing : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Thieves, Stealing, testing::Values(1, 2, 4, 8));

TEST_P(Stealing, FromARunQueueTakesEachGoroutineOnce) {
  const auto n = static_cast<std::size_t>(scaled(100'000));
  blocks all(n);
  const auto queue = std::make_unique<run_queue>();
  queue->start_at(k_near_wrap);
  tally taken(static_cast<int>(n));
  std::atomic<std::size_t> left = n;
  std::vector<std::thread> thieves;
  for (int t = 0; t < GetParam(); ++t) {
    thieves.emplace_back([&] {
      goroutine* some[run_queue::k_size / 2];
      while (left != 0) {
        const std::uint32_t k = queue->take_half(some, run_queue::k_size / 2);
        for (std::uint32_t i = 0; i < k; ++i) taken.add(static_cast<int>(some[i]->id));
        left -= k;
        if (k == 0) std::this_thread::yield();
      }
    });
  }
  const auto pop = [&] {
    goroutine* const g = queue->pop();
    if (g == nullptr) return false;
    taken.add(static_cast<int>(g->id));
    --left;
    return true;
  };
  for (std::size_t i = 0; i < n; ++i) {
    while (!queue->push(all[i])) pop();
    if (i % 3 == 0) pop();
  }
  while (pop()) {
  }
  for (auto& t : thieves) t.join();
  taken.expect_each_once();
  EXPECT_EQ(queue->size(), 0U);
}

TEST_P(Stealing, FromADequeTakesEachGoroutineOnce) {
  const auto n = static_cast<std::size_t>(scaled(50'000));
  blocks all(n);
  const auto deque = std::make_unique<spawn_deque>();
  tally taken(static_cast<int>(n));
  std::atomic<std::size_t> left = n;
  std::vector<std::thread> thieves;
  for (int t = 0; t < GetParam(); ++t) {
    thieves.emplace_back([&] {
      while (left != 0) {
        goroutine* g = deque->take_offer();
        if (g == nullptr) g = deque->steal_from_ring();
        if (g != nullptr) {
          taken.add(static_cast<int>(g->id));
          --left;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  const auto take = [&](goroutine* g) {
    if (g == nullptr) return false;
    taken.add(static_cast<int>(g->id));
    --left;
    return true;
  };
  for (std::size_t i = 0; i < n; ++i) {
    while (!deque->push(all[i])) take(deque->take_oldest());
    if (i % 2 == 0) take(deque->pop());
    if (i % 7 == 0) take(deque->take_oldest());
  }
  while (left != 0) take(deque->pop());
  for (auto& t : thieves) t.join();
  taken.expect_each_once();
}

TEST(SpawnDeque, GivesTheNewestToItsOwnerAndTheOldestToThieves) {
  blocks all(6);
  const auto deque = std::make_unique<spawn_deque>();
  for (std::size_t i = 0; i < 6; ++i) ASSERT_TRUE(deque->push(all[i]));
  EXPECT_EQ(deque->size(), 6U);
  EXPECT_EQ(deque->pop(), &all[5]);
  EXPECT_EQ(deque->take_offer(), &all[0]);
  EXPECT_EQ(deque->take_offer(), nullptr) << "the owner has not come by";
  EXPECT_EQ(deque->steal_from_ring(), &all[1]);
  EXPECT_EQ(deque->pop(), &all[4]);
  EXPECT_EQ(deque->take_offer(), &all[2]) << "put on offer by the pop";
  EXPECT_EQ(deque->take_oldest(), &all[3]);
  EXPECT_EQ(deque->size(), 0U);
  EXPECT_EQ(deque->pop(), nullptr);
  EXPECT_EQ(deque->take_offer(), nullptr);
  EXPECT_EQ(deque->steal_from_ring(), nullptr);
  ASSERT_TRUE(deque->push(all[0]));
  EXPECT_EQ(deque->pop(), &all[0]) << "from the offer";
}

// R25: one goroutine goes back and forth between run_next and the queue, as make_next() kicks it
// out; whoever looks at both, in the order of the code that looks for work, sees it
TEST_P(Stealing, AGoroutineThatIsKickedOutOfRunNextIsNeverLost) {
  const auto p = std::make_unique<processor>();
  blocks all(2);
  std::atomic<bool> over = false;
  std::atomic<int> stolen = 0;
  tally times(2);
  std::vector<std::thread> thieves;
  std::vector<std::vector<goroutine*>> loot(static_cast<std::size_t>(GetParam()));
  for (auto& mine : loot) {
    thieves.emplace_back([&] {
      while (!over) {
        goroutine* some[run_queue::k_size / 2];
        const std::uint32_t n = p->queue.take_half(some, run_queue::k_size / 2);
        for (std::uint32_t i = 0; i < n; ++i) mine.push_back(some[i]);
        if (goroutine* const g = p->steal_run_next()) mine.push_back(g);
        if (!mine.empty()) {
          ++stolen;
          return;
        }
        std::this_thread::yield();
      }
    });
  }
  p->exchange_run_next(&all[0]);
  for (int i = 0; i < scaled(20'000); ++i) {
    // Kicks out what is there, takes it back from the queue: never both, never neither.
    goroutine* const old = p->exchange_run_next(nullptr);
    if (old == nullptr) {
      ASSERT_TRUE(eventually([&] { return stolen > 0; })) << "lost, and no thief has it";
      break;
    }
    ASSERT_EQ(old, &all[0]);
    ASSERT_TRUE(p->queue.push(*old));
    goroutine* const back = p->queue.pop();
    if (back == nullptr) {
      ASSERT_TRUE(eventually([&] { return stolen > 0; })) << "lost, and no thief has it";
      break;
    }
    ASSERT_EQ(back, &all[0]);
    p->exchange_run_next(back);
  }
  over = true;
  for (auto& t : thieves) t.join();
  int found = p->exchange_run_next(nullptr) != nullptr ? 1 : 0;
  for (const auto& mine : loot) found += static_cast<int>(mine.size());
  EXPECT_EQ(found, 1);
}

// R26: of any number of processors each one's work is found by some other. All must run at once,
// and are started by one, so that each of the others has to find its own.
TEST(StealOrder, ReachesEveryProcessorForAnyNumberOfThem) {
  const unsigned before = weft::set_procs(1);
  for (unsigned procs = 1; procs <= 64; procs += k_sanitized ? 9 : 1) {
    weft::set_procs(procs);
    weft::run([&] {
      std::atomic<unsigned> running = 0;
      crew all;
      for (unsigned i = 0; i < procs; ++i) {
        all.go([&] {
          ++running;
          while (running < procs) std::this_thread::yield();
        });
      }
    });
  }
  weft::set_procs(before);
}

}  // namespace
}  // namespace weft_test
