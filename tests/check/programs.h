// SPDX-License-Identifier: Apache-2.0
#pragma once
// programs: goroutines that share a world, and how many behaviours they have.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace programs {

namespace check = weft::check;

using word = weft::atomic<int>;

// The goroutines, each with a function of its own that gets the world they share. Main counts them
// beforehand, so that it has no part in the order of things. Did none give up?
template <class World, class... F>
bool run(F... fs) {
  World w;
  std::array<bool, sizeof...(fs)> fine{};
  weft::wait_group all;
  all.add(sizeof...(fs));
  std::size_t i = 0;
  (weft::go([&w, &all, &mine = fine[i++], f = std::move(fs)] {
     mine = f(w);
     all.done();
   }),
   ...);
  all.wait();
  bool every = true;
  for (bool one : fine) every = every && one;
  return every;
}

// The same with n goroutines of one kind, which are told their number, from 0.
template <class World, class F>
bool run_many(int n, F f) {
  World w;
  weft::wait_group all;
  all.add(n);
  for (int i = 0; i < n; ++i) {
    weft::go([&w, &all, &f, i] {
      f(w, i);
      all.done();
    });
  }
  all.wait();
  return true;
}

// So many executions in which nobody gives up, and none of them twice.
template <class F>
void expect_count(F body, std::uint64_t expected) {
  auto seen = check::outcomes<bool>(body, check::sc,
                                    {.strategy = check::exhaustive, .stop_at_failure = false});
  EXPECT_EQ(seen[true], expected) << seen.how.summary();
  EXPECT_EQ(seen.how.executions, seen.how.behaviours) << seen.how.summary();
  EXPECT_TRUE(seen.how.complete);
  EXPECT_TRUE(seen.how.ok()) << seen.how;
}

// So many with 0, 1, 2, ... preemptions.
template <class F>
void expect_bounded(F body, std::vector<std::uint64_t> expected) {
  for (std::size_t bound = 0; bound < expected.size(); ++bound) {
    check::report r = check::explore([&] { static_cast<void>(body()); },
                                     {.strategy = check::exhaustive,
                                      .preemption_bound = static_cast<int>(bound),
                                      .stop_at_failure = false});
    EXPECT_EQ(r.behaviours, expected[bound]) << "bound " << bound << " " << r.summary();
    EXPECT_TRUE(r.ok()) << r;
  }
}

// What takes longer than a few seconds is run by make check only.
inline bool long_ones_too() { return std::getenv("WEFT_CHECK_LONG") != nullptr; }

inline void read(const word& w) { static_cast<void>(w.load()); }

struct words {
  word x{0};
  word y{0};
  word z{0};
  word w{0};
};

// GenMC's big0: two read four words, two write a pair of them each.
inline bool two_pairs_of_words() {
  auto write = [](word words::* a, word words::* b) {
    return [=](words& w) {
      for (int i = 1; i <= 3; ++i) w.*a = i, w.*b = i;
      return true;
    };
  };
  return run<words>(
      [](words& w) {
        for (const word* v : {&w.x, &w.y, &w.z, &w.w, &w.x, &w.y, &w.z}) read(*v);
        return true;
      },
      [](words& w) { return read(w.x), read(w.y), read(w.z), true; }, write(&words::x, &words::y),
      write(&words::z, &words::w));
}

// GenMC's commit-order: each stamps a word and looks whether the stamp is still its own; two that
// are make it content, and six rounds tired.
inline bool stamps() {
  struct shared {
    word needed{2};
    word stamp{0};
  };
  auto stamp = [](int mine) {
    return [=](shared& s) {
      int good = 0;
      for (int round = 0; good < s.needed && round < 6; ++round) {
        s.stamp = mine;
        if (s.stamp == mine) ++good;
      }
      return true;
    };
  };
  return run<shared>(stamp(1), stamp(2));
}

// Needs one interruption, whatever else the bystanders do.
inline void lost_update(int bystanders) {
  weft::atomic<int> x{0};
  weft::atomic<int> noise{0};
  weft::wait_group all;
  for (int i = 0; i < 2; ++i) {
    all.go([&] {
      int v = x.load();
      x.store(v + 1);
    });
  }
  for (int i = 0; i < bystanders; ++i) {
    all.go([&] {
      for (int k = 0; k < 3; ++k) noise.fetch_add(1);
    });
  }
  all.wait();
  check::expect(x.load() == 2, "both count");
}

}  // namespace programs
