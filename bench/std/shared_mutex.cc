// SPDX-License-Identifier: Apache-2.0
// shared_mutex.cc: std::shared_mutex, by the share of readers.

#include "rows.h"

#include <cstdint>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace bench {
namespace {

void mix(ops n, int workers, int writes) {
  std::shared_mutex m;
  std::int64_t value = 0;
  std::vector<std::thread> threads;
  for (int k = 0; k < workers; ++k) {
    threads.emplace_back([&m, &value, n, workers, writes, k] {
      std::int64_t seen = 0;
      int turn = 0;
      for (ops i = k; i < n; i += workers) {
        turn = turn == 9 ? 0 : turn + 1;
        if (turn < writes) {
          m.lock();
          ++value;
          m.unlock();
        } else {
          m.lock_shared();
          seen += value;
          m.unlock_shared();
        }
      }
      expect(seen >= 0, "shared_mutex");
    });
  }
  for (auto& t : threads) t.join();
}

}  // namespace

void shared_mutex_read_1(ops n) { mix(n, 1, 0); }
void shared_mutex_read_2(ops n) { mix(n, 2, 0); }
void shared_mutex_90_10(ops n) { mix(n, 4, 1); }
void shared_mutex_50_50(ops n) { mix(n, 4, 5); }

}  // namespace bench
