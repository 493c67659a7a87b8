// SPDX-License-Identifier: Apache-2.0
#pragma once
// model: a small program on one of weft's own algorithms, explored at the grain of its atomics.
//
// A goroutine stands for a thread. The body starts a few with weft::go(), waits for all of them
// with settle(), and says what must hold then; whoever is still blocked when it returns is a
// finding. What the algorithm is to order is read and written through weft::var.

#include <weft/check.h>
#include <weft/go.h>
#include <weft/var.h>

#include "check/fine.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace weft_model {

using weft::check::expect;
using weft::check::settle;
using weft::detail::checker::grain;

/// Is there time for what takes longer than a few seconds?
inline bool long_ones_too() { return std::getenv("WEFT_CHECK_LONG") != nullptr; }
/// So many preemptions, or one more if there is.
inline int preemptions(int n) { return long_ones_too() ? n + 1 : n; }

/// How much of what there is.
struct bounds {
  grain fine{};
  int preemptions = -1;  // at most so many, or any number
};

template <class F>
weft::check::report explore(F&& body, const bounds& b = {}) {
  const weft::detail::checker::fine_scope scope(b.fine);
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  return weft::check::explore(std::forward<F>(body),
                              {.strategy = weft::check::exhaustive,
                               .preemption_bound = b.preemptions,
                               .shrink = !weft::detail::checker::is_weakened(),
                               .name = std::string(info->test_suite_name()) + "." + info->name()});
}

/// All behaviours within the bounds are explored, and each of them is right.
template <class F>
void expect_holds(F&& body, const bounds& b = {}) {
  weft::check::report r = explore(std::forward<F>(body), b);
  std::printf("%s, %llu pruned\n", r.summary().c_str(), static_cast<unsigned long long>(r.pruned));
  EXPECT_TRUE(r.ok()) << r;
  if (!r.ok()) return;
  if (b.preemptions < 0) {
    EXPECT_TRUE(r.complete);
  } else {
    EXPECT_EQ(r.bound, b.preemptions);
  }
  EXPECT_GT(r.executions, 1U) << "nothing met";
}

}  // namespace weft_model
