// SPDX-License-Identifier: Apache-2.0
// shared_mutex.cc: weft::shared_mutex, by the share of readers.

#include "rows.h"

#include <weft/weft.h>

#include <cstdint>

namespace bench {
namespace {

// n operations, shared by `workers` goroutines; each tenth of them up to `writes` is a write.
void mix(ops n, int workers, int writes) {
  weft::shared_mutex m;
  weft::wait_group wg;
  std::int64_t value = 0;
  wg.add(workers);
  for (int k = 0; k < workers; ++k) {
    // By value what does not change: what lies beside the lock moves with it.
    weft::go([&m, &wg, &value, n, workers, writes, k] {
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
      wg.done();
    });
  }
  wg.wait();
}

}  // namespace

// One op: a lock_shared and an unlock_shared by the only goroutine.
void shared_mutex_read_1(ops n) { mix(n, 1, 0); }
// One op: the same by either of two goroutines at once.
void shared_mutex_read_2(ops n) { mix(n, 2, 0); }
// One op: a lock and an unlock by any of four goroutines, every tenth (every second) for writing.
void shared_mutex_90_10(ops n) { mix(n, 4, 1); }
void shared_mutex_50_50(ops n) { mix(n, 4, 5); }

}  // namespace bench
