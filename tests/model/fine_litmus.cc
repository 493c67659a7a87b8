// SPDX-License-Identifier: Apache-2.0
// fine_litmus.cc: what loads find at the grain of weft's atomics, against C++ (without load
// buffering, and with the writes of a word in the order in which they are performed).

#include <weft/detail/os/light_fence.h>

#include "model/model.h"
#include "os/asymmetric_fence.h"

#include <array>
#include <set>

namespace {

using weft::detail::acq_rel;
using weft::detail::acquire;
using weft::detail::fence_seq_cst;
using weft::detail::relaxed;
using weft::detail::release;
using weft::detail::os::fence_heavy;
using weft::detail::os::fence_light;
using weft_model::settle;

constexpr auto seq_cst = std::memory_order_seq_cst;
using word = weft::detail::shared_word<int>;
using result = std::array<int, 4>;
using results = std::set<result>;

struct shared {
  word x{0};
  word y{0};
  result r{};
};

// All that the goroutines can leave in r.
template <class... F>
results all(const weft_model::grain& g, F... fs) {
  results found;
  weft::check::report report = weft_model::explore(
      [&] {
        shared s;
        (weft::go([&s, &fs] { fs(s); }), ...);
        settle();
        found.insert(s.r);
      },
      {.fine = g});
  EXPECT_TRUE(report.ok()) << report;
  EXPECT_TRUE(report.complete);
  return found;
}
template <class... F>
results all_of(F... fs) {
  return all({}, fs...);
}

results store_buffering(std::memory_order stores, std::memory_order loads) {
  return all_of([=](shared& s) { s.x.store(1, stores), s.r[0] = s.y.load(loads); },
                [=](shared& s) { s.y.store(1, stores), s.r[1] = s.x.load(loads); });
}

TEST(FineLitmus, StoreBuffering) {
  EXPECT_EQ(store_buffering(seq_cst, seq_cst).count({0, 0}), 0U);
  EXPECT_EQ(store_buffering(release, acquire).size(), 4U);
  EXPECT_EQ(store_buffering(seq_cst, acquire).count({0, 0}), 1U);
  EXPECT_EQ(store_buffering(release, seq_cst).count({0, 0}), 1U);
}

TEST(FineLitmus, StoreBufferingWithUpdates) {
  auto sb = [](std::memory_order order) {
    return all_of([=](shared& s) { s.x.exchange(1, order), s.r[0] = s.y.load(relaxed); },
                  [=](shared& s) { s.y.exchange(1, order), s.r[1] = s.x.load(relaxed); });
  };
  // Of C++; a processor of today does not show the second.
  EXPECT_EQ(sb(acq_rel).size(), 4U);
  EXPECT_EQ(sb(seq_cst).size(), 4U);
}

TEST(FineLitmus, StoreBufferingWithFences) {
  auto sb = [](bool first, bool second) {
    return all_of(
        [=](shared& s) {
          s.x.store(1, relaxed);
          if (first) fence_seq_cst();
          s.r[0] = s.y.load(relaxed);
        },
        [=](shared& s) {
          s.y.store(1, relaxed);
          if (second) fence_seq_cst();
          s.r[1] = s.x.load(relaxed);
        });
  };
  EXPECT_EQ(sb(true, true).size(), 3U);
  EXPECT_EQ(sb(true, false).size(), 4U);
}

TEST(FineLitmus, AsymmetricFences) {
  auto sb = [](const weft_model::grain& g, bool heavy) {
    return all(
        g,
        [=](shared& s) {
          s.x.store(1, relaxed);
          fence_light();
          s.r[0] = s.y.load(relaxed);
        },
        [=](shared& s) {
          s.y.store(1, relaxed);
          if (heavy) fence_heavy();
          s.r[1] = s.x.load(relaxed);
        });
  };
  for (bool asymmetric : {false, true}) {
    EXPECT_EQ(sb({.asymmetric = asymmetric}, true).size(), 3U);
    EXPECT_EQ(sb({.asymmetric = asymmetric}, false).size(), 4U);
  }
}

TEST(FineLitmus, MessagePassing) {
  auto mp = [](std::memory_order stores, std::memory_order loads) {
    return all_of([=](shared& s) { s.x.store(1, relaxed), s.y.store(1, stores); },
                  [=](shared& s) { s.r[0] = s.y.load(loads), s.r[1] = s.x.load(relaxed); });
  };
  EXPECT_EQ(mp(release, acquire).size(), 3U);
  EXPECT_EQ(mp(relaxed, acquire).size(), 4U);
  EXPECT_EQ(mp(release, relaxed).size(), 4U);
}

TEST(FineLitmus, MessagePassingThroughAnUpdateInBetween) {
  auto mp = [](std::memory_order between) {
    return all_of([=](shared& s) { s.x.store(1, relaxed), s.y.store(1, release); },
                  [=](shared& s) { s.r[2] = s.y.fetch_add(1, between); },
                  [=](shared& s) { s.r[0] = s.y.load(acquire), s.r[1] = s.x.load(relaxed); });
  };
  // It goes on with the release that it found, whatever its own order.
  EXPECT_EQ(mp(relaxed).count({2, 0, 1, 0}), 0U);
  EXPECT_EQ(mp(relaxed).count({2, 1, 1, 0}), 1U);
}

TEST(FineLitmus, Coherence) {
  results r = all_of([](shared& s) { s.x.store(1, relaxed), s.x.store(2, relaxed); },
                     [](shared& s) { s.r[0] = s.x.load(relaxed), s.r[1] = s.x.load(relaxed); });
  EXPECT_EQ(r.size(), 6U);
  EXPECT_EQ(r.count({2, 1}), 0U);
  EXPECT_EQ(r.count({1, 0}), 0U);
}

results iriw(std::memory_order stores, std::memory_order loads, bool fences) {
  return all_of([=](shared& s) { s.x.store(1, stores); }, [=](shared& s) { s.y.store(1, stores); },
                [=](shared& s) {
                  s.r[0] = s.x.load(loads);
                  if (fences) fence_seq_cst();
                  s.r[1] = s.y.load(loads);
                },
                [=](shared& s) {
                  s.r[2] = s.y.load(loads);
                  if (fences) fence_seq_cst();
                  s.r[3] = s.x.load(loads);
                });
}

TEST(FineLitmus, IndependentReads) {
  EXPECT_EQ(iriw(release, acquire, false).size(), 16U);
  EXPECT_EQ(iriw(seq_cst, seq_cst, false).count({1, 0, 1, 0}), 0U);
  EXPECT_EQ(iriw(relaxed, relaxed, true).count({1, 0, 1, 0}), 0U);
}

TEST(FineLitmus, WriteToReadCausality) {
  auto wrc = [](std::memory_order store, std::memory_order load) {
    return all_of([=](shared& s) { s.x.store(1, relaxed); },
                  [=](shared& s) { s.r[0] = s.x.load(relaxed), s.y.store(1, store); },
                  [=](shared& s) { s.r[1] = s.y.load(load), s.r[2] = s.x.load(relaxed); });
  };
  EXPECT_EQ(wrc(release, acquire).count({1, 1, 0}), 0U);
  EXPECT_EQ(wrc(relaxed, acquire).count({1, 1, 0}), 1U);
}

}  // namespace
