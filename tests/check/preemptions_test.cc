// SPDX-License-Identifier: Apache-2.0
// preemptions_test.cc: how many behaviours can be had with so many preemptions, counted without a
// bounded search.
//
// The search without a bound, which has sleep sets, gives each behaviour once, as a partial order.
// The fewest preemptions of any of its schedules are found by walking through its prefixes.

#include "programs.h"

#include "check/engine.h"
#include "check/exhaustive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <vector>

namespace {

namespace inner = weft::detail::checker;
using programs::read;
using programs::words;

constexpr std::size_t k_most = 6;  // goroutines
using counts = std::array<std::uint8_t, k_most>;

struct step {
  counts past{};
  bool blocks = false;
};

// One behaviour: of each goroutine its events, each with how many of the others' come before it.
class order {
 public:
  explicit order(inner::engine& e) : goroutines_(e.goroutines()) {
    for (const inner::event& v : e.events) {
      step s{.blocks = v.op == weft::detail::sched::op::wait_group_wait};
      for (std::size_t i = 0; i < goroutines_; ++i)
        s.past[i] = static_cast<std::uint8_t>(v.past[i]);
      s.past[v.what.who] = static_cast<std::uint8_t>(v.own - 1);
      steps_[v.what.who].push_back(s);
    }
    for (std::size_t i = 0; i < goroutines_; ++i) {
      stride_[i] = states_;
      states_ *= steps_[i].size() + 1;
    }
  }

  // By the number of preemptions so far, the fewest first.
  unsigned fewest_preemptions() {
    struct place {
      counts done;
      std::uint8_t last;
      unsigned preemptions;
    };
    std::vector<bool> seen(states_ * goroutines_);
    std::deque<place> next{{counts{}, 0, 0}};
    while (!next.empty()) {
      place at = next.front();
      next.pop_front();
      std::size_t number = 0;
      bool all = true;
      for (std::size_t i = 0; i < goroutines_; ++i) {
        number += at.done[i] * stride_[i];
        all = all && at.done[i] == steps_[i].size();
      }
      if (all) return at.preemptions;
      if (seen[number * goroutines_ + at.last]) continue;
      seen[number * goroutines_ + at.last] = true;
      bool goes_on = can_go_on(at.last, at.done);
      for (std::uint8_t g = 0; g < goroutines_; ++g) {
        if (at.done[g] == steps_[g].size() || !comes_next(g, at.done)) continue;
        place then{at.done, g, at.preemptions};
        ++then.done[g];
        bool preempts = g != at.last && goes_on;
        if (preempts) {
          ++then.preemptions;
          next.push_back(then);
        } else {
          next.push_front(then);
        }
      }
    }
    return ~0U;
  }

 private:
  [[nodiscard]] bool comes_next(std::size_t g, const counts& done) const {
    const step& s = steps_[g][done[g]];
    for (std::size_t i = 0; i < goroutines_; ++i)
      if (s.past[i] > done[i]) return false;
    return true;
  }
  // What does not block could always be done, though perhaps it would be another behaviour.
  [[nodiscard]] bool can_go_on(std::size_t g, const counts& done) const {
    return done[g] < steps_[g].size() && (!steps_[g][done[g]].blocks || comes_next(g, done));
  }

  std::size_t goroutines_;
  std::array<std::vector<step>, k_most> steps_;
  std::array<std::size_t, k_most> stride_{};
  std::size_t states_ = 1;
};

// Behaviours with at most 0, 1, 2, ... preemptions.
template <class F>
std::vector<std::uint64_t> by_preemptions(F body) {
  inner::engine e;
  inner::exhaustive all(-1);
  std::vector<std::uint64_t> n;
  while (all.begin(e)) {
    inner::outcome o = e.run(all, [](void* f) { (*static_cast<F*>(f))(); }, &body);
    if (o == inner::outcome::pruned) continue;
    EXPECT_EQ(o, inner::outcome::finished);
    unsigned fewest = order(e).fewest_preemptions();
    if (n.size() <= fewest) n.resize(fewest + 1);
    ++n[fewest];
  }
  for (std::size_t i = 1; i < n.size(); ++i) n[i] += n[i - 1];
  return n;
}

using numbers = std::vector<std::uint64_t>;

TEST(Preemptions, OfStoreBuffering) {
  EXPECT_EQ(by_preemptions([] {
              programs::run<words>([](words& w) { return w.x = 1, read(w.y), true; },
                                   [](words& w) { return w.y = 1, read(w.x), true; });
            }),
            (numbers{2, 3}));
}

TEST(Preemptions, OfIndependentReads) {
  EXPECT_EQ(by_preemptions([] {
              programs::run<words>([](words& w) { return w.x = 1, true; },
                                   [](words& w) { return w.y = 1, true; },
                                   [](words& w) { return read(w.x), read(w.y), true; },
                                   [](words& w) { return read(w.y), read(w.x), true; });
            }),
            (numbers{14, 15}));
}

// GenMC's commit-order, of which it says the same.
TEST(Preemptions, OfCommits) {
  EXPECT_EQ(by_preemptions([] { static_cast<void>(programs::stamps()); }),
            (numbers{2, 8, 26, 60, 118, 208, 340, 522, 764, 1074, 1362, 1612, 1702, 1734}));
}

// GenMC's big0: the bounded search of explorer_programs_test.cc goes as far as five.
TEST(Preemptions, OfTwoReadersAndTwoWritersOfTwoPairs) {
  EXPECT_EQ(by_preemptions([] { static_cast<void>(programs::two_pairs_of_words()); }),
            (numbers{14, 206, 1561, 7410, 21'891, 42'700, 59'856, 67'435, 69'009, 69'112}));
}

}  // namespace
