// SPDX-License-Identifier: Apache-2.0
#pragma once
// parcel: a plain object that is torn or stale when a happens-before edge is missing.
#include <gtest/gtest.h>

#include <array>

namespace weft_test {

struct parcel {
  std::array<int, 8> words{};
  void write(int n) { words.fill(n); }
  void check(int n) const {
    for (const int w : words) ASSERT_EQ(w, n);
  }
};

}  // namespace weft_test
