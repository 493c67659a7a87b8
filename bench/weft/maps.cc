// SPDX-License-Identifier: Apache-2.0
// maps.cc: weft::sharded_map and weft::sync_map, by the share of readers.

#include "../mix.h"
#include "rows.h"

#include <weft/weft.h>

namespace bench {
namespace {

struct sharded {
  weft::sharded_map<std::uint64_t, std::int64_t> map;
  bool get(std::uint64_t key, std::int64_t& value) {
    auto found = map.get(key);
    if (found) value = *found;
    return found.has_value();
  }
  void set(std::uint64_t key, std::int64_t value) { map.set(key, value); }
};

struct lock_free {
  weft::sync_map<std::uint64_t, std::int64_t> map;
  bool get(std::uint64_t key, std::int64_t& value) {
    auto found = map.load(key);
    if (found) value = *found;
    return found.has_value();
  }
  void set(std::uint64_t key, std::int64_t value) { map.store(key, value); }
};

template <class Map>
void mix(ops n, int writes) {
  static Map* m = [] {
    auto* made = new Map;
    fill(*made);
    return made;
  }();
  weft::wait_group wg;
  for (int k = 0; k < k_map_workers; ++k) wg.go([=] { mix_share(*m, n, k, writes); });
  wg.wait();
}

}  // namespace

// One op: a read by any of four goroutines, every tenth (every second) a write.
void sharded_map_read(ops n) { mix<sharded>(n, 10); }
void sharded_map_write(ops n) { mix<sharded>(n, 50); }
// One op: the same, every hundredth a write.
void sync_map(ops n) { mix<lock_free>(n, 1); }

}  // namespace bench
