// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bad hashes, and what is in a map.
#include <gtest/gtest.h>

#include <cstddef>
#include <map>

namespace weft_test {

// All keys, or many, in one place.
struct same_hash {
  std::size_t operator()(int) const { return 7; }
};
struct few_hashes {
  std::size_t operator()(int key) const { return static_cast<std::size_t>(key) % 4; }
};

template <class Map>
std::map<int, int> contents(const Map& m) {
  std::map<int, int> all;
  m.range([&](int k, int v) {
    EXPECT_TRUE(all.emplace(k, v).second) << "key " << k << " came twice";
    return true;
  });
  return all;
}

}  // namespace weft_test
