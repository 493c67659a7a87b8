// SPDX-License-Identifier: Apache-2.0
#pragma once
// mix.h: reads and writes of a map in given shares, the same in every C++ rival; go/maps.go has it
// in Go. A rival brings its map (get(key, value) and set(key, value)) and its way to run workers.

#include "scenario.h"

#include <cstdint>

namespace bench {

inline constexpr std::uint64_t k_map_keys = 1 << 16;
inline constexpr int k_map_workers = 4;

// Keys in no order, the same for every rival.
class key_sequence {
 public:
  explicit key_sequence(int worker) : state_(static_cast<std::uint64_t>(worker) + 1) {}
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % k_map_keys;
  }

 private:
  std::uint64_t state_;
};

// One worker's share of n operations: so many of a hundred are writes.
template <class Map>
void mix_share(Map& m, ops n, int worker, int writes) {
  key_sequence keys(worker);
  std::int64_t found = 0;
  std::int64_t reads = 0;
  for (ops i = worker; i < n; i += k_map_workers) {
    std::uint64_t key = keys.next();
    if ((i / k_map_workers) % 100 < writes) {
      m.set(key, i);
    } else {
      std::int64_t value = 0;
      found += m.get(key, value) ? 1 : 0;
      ++reads;
    }
  }
  expect(found == reads, "map");
}

template <class Map>
void fill(Map& m) {
  for (std::uint64_t key = 0; key < k_map_keys; ++key) m.set(key, 0);
}

}  // namespace bench
