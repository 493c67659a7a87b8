// SPDX-License-Identifier: Apache-2.0
#pragma once
// tally: how often each number came, counted by several goroutines at once.
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <vector>

namespace weft_test {

class tally {
 public:
  explicit tally(int numbers) : counts_(static_cast<std::size_t>(numbers)) {}
  void add(int number) { ++at(number); }
  std::atomic<int>& at(int number) { return counts_[static_cast<std::size_t>(number)]; }
  void expect_each_once() const {
    for (const auto& n : counts_) ASSERT_EQ(n, 1);
  }

 private:
  std::vector<std::atomic<int>> counts_;
};

}  // namespace weft_test
