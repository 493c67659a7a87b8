// SPDX-License-Identifier: Apache-2.0
// Lesson 21: coarse and striped maps
//
// One lock over a whole map is right, and often fast enough. When it is not, there are two ways to
// let more in. Readers may share the lock. Or the map is cut into stripes by the hash of the key,
// each with a lock of its own: two operations meet only if their keys fall into one stripe, and
// writers profit as readers do. The price is the view of the whole: a size, or a loop over all,
// sees one stripe after the other.
//
// The figures are million operations in a second, all goroutines together: with one goroutine what
// the lock costs, with more what it lets through; never more than there are processors. An
// operation works on a row of 256 numbers. With much less to do under a lock, a second processor
// may gain nothing, or less: the cache line of the lock travels back and forth for longer. The
// striped map is weft::sharded_map; update() runs under the lock of the key's stripe.
#include <weft/weft.h>

#include <array>
#include <cstdio>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <unordered_map>

// [program]
constexpr int k_ops = 600'000;
constexpr unsigned k_keys = 256, k_width = 256;
using row = std::array<unsigned, k_width>;

template <class Mutex, class ReadLock>
class coarse_map {
 public:
  void add(unsigned key) {
    std::unique_lock hold(lock_);
    for (unsigned& n : rows_[key]) ++n;
  }
  unsigned sum(unsigned key) {
    ReadLock hold(lock_);
    auto found = rows_.find(key);
    return found == rows_.end() ? 0
                                : std::accumulate(found->second.begin(), found->second.end(), 0u);
  }

 private:
  Mutex lock_;  // guards rows_
  std::unordered_map<unsigned, row> rows_;
};

using one_mutex = coarse_map<weft::mutex, std::unique_lock<weft::mutex>>;
using one_shared_mutex = coarse_map<weft::shared_mutex, std::shared_lock<weft::shared_mutex>>;

struct striped_map {
  weft::sharded_map<unsigned, row> rows;

  void add(unsigned key) {
    rows.update(key, [](row& r) {
      for (unsigned& n : r) ++n;
    });
  }
  unsigned sum(unsigned key) {
    return rows.update(key, [](row& r) { return std::accumulate(r.begin(), r.end(), 0u); });
  }
};

unsigned updates_lost = 0;

template <class Map>
double million_per_second(int goroutines, unsigned reads_in_ten) {
  Map map;
  weft::atomic<unsigned> updates = 0, total = 0;
  const auto start = weft::clock::now();
  weft::wait_group all;
  for (int g = 0; g < goroutines; ++g) {
    all.go([&, random = 12345u + static_cast<unsigned>(g)]() mutable {
      unsigned mine = 0, read = 0;
      for (int i = 0; i < k_ops / goroutines; ++i) {
        random = random * 1664525u + 1013904223u;
        const unsigned key = random >> 24, dice = (random >> 8) % 10;
        if (dice < reads_in_ten) {
          read += map.sum(key);
        } else {
          map.add(key);
          ++mine;
        }
      }
      updates += mine;
      total += read;
    });
  }
  all.wait();
  const std::chrono::duration<double, std::micro> took = weft::clock::now() - start;
  updates_lost += updates;
  for (unsigned key = 0; key < k_keys; ++key) updates_lost -= map.sum(key) / k_width;
  return k_ops / took.count();
}

int main() {
  return weft::run([] {
    std::printf("reads  goroutines   mutex  shared_mutex  striped\n");
    for (unsigned reads : {9u, 5u}) {
      for (int g : {1, 2, 4}) {
        std::printf("%3u %% %8d %10.1f %13.1f %8.1f\n", 10 * reads, g,
                    million_per_second<one_mutex>(g, reads),
                    million_per_second<one_shared_mutex>(g, reads),
                    million_per_second<striped_map>(g, reads));
      }
    }
    std::printf("updates lost: %u\n", updates_lost);
  });
}
// [end]

// Output pattern:
// reads  goroutines   mutex  shared_mutex  striped
//  90 %        1 <n> <n> <n>
//  90 %        2 <n> <n> <n>
//  90 %        4 <n> <n> <n>
//  50 %        1 <n> <n> <n>
//  50 %        2 <n> <n> <n>
//  50 %        4 <n> <n> <n>
// updates lost: 0
