// SPDX-License-Identifier: Apache-2.0
// maps.cc: std::unordered_map under a std::mutex, or under a std::shared_mutex where mostly read.

#include "../mix.h"
#include "rows.h"

#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace bench {
namespace {

template <class Mutex, class ReadLock>
struct locked {
  Mutex mutex;
  std::unordered_map<std::uint64_t, std::int64_t> map;
  bool get(std::uint64_t key, std::int64_t& value) {
    ReadLock hold(mutex);
    auto found = map.find(key);
    if (found == map.end()) return false;
    value = found->second;
    return true;
  }
  void set(std::uint64_t key, std::int64_t value) {
    std::scoped_lock hold(mutex);
    map[key] = value;
  }
};
using exclusive = locked<std::mutex, std::scoped_lock<std::mutex>>;
using shared = locked<std::shared_mutex, std::shared_lock<std::shared_mutex>>;

template <class Map>
void mix(ops n, int writes) {
  static Map* m = [] {
    auto* made = new Map;
    fill(*made);
    return made;
  }();
  std::vector<std::thread> threads;
  for (int k = 0; k < k_map_workers; ++k) {
    threads.emplace_back([=] { mix_share(*m, n, k, writes); });
  }
  for (auto& t : threads) t.join();
}

}  // namespace

void sharded_map_read(ops n) { mix<exclusive>(n, 10); }
void sharded_map_write(ops n) { mix<exclusive>(n, 50); }
void sync_map(ops n) { mix<shared>(n, 1); }

}  // namespace bench
