// SPDX-License-Identifier: Apache-2.0
// sync.cc: weft's once, atomic, wait_group and condition_variable.

#include "rows.h"

#include <weft/weft.h>

#include <mutex>

namespace bench {

// One op: a call of a once that is done, by either of two goroutines.
void once_fast(ops n) {
  weft::once o;
  ops ran = 0;
  weft::wait_group wg;
  for (int k = 0; k < 2; ++k) {
    wg.go([&] {
      for (ops i = 0; i < n / 2; ++i) o.call([&] { ++ran; });
    });
  }
  wg.wait();
  expect(ran == (n >= 2 ? 1 : 0), "once_fast");
}

// One op: an addition to the same number by either of two goroutines.
void atomic_add(ops n) {
  weft::atomic<ops> sum = 0;
  weft::wait_group wg;
  for (int k = 0; k < 2; ++k) {
    // Its share by value: what lies beside the sum moves with it from processor to processor.
    wg.go([&sum, own = n / 2] {
      for (ops i = 0; i < own; ++i) sum += 1;
    });
  }
  wg.wait();
  expect(sum == n / 2 * 2, "atomic_add");
}

// One op: an add(1), a done and a wait by one goroutine.
void wait_group(ops n) {
  weft::wait_group wg;
  for (ops i = 0; i < n; ++i) {
    wg.add(1);
    wg.done();
    wg.wait();
  }
}

// One op: a turn and back between two goroutines, over a mutex and a condition variable.
void cond_ping_pong(ops n) {
  weft::mutex m;
  weft::condition_variable turned;
  bool pong = false;
  ops turns = 0;
  weft::wait_group wg;
  for (const bool mine : {false, true}) {
    wg.go([&, mine] {
      for (ops i = 0; i < n; ++i) {
        std::unique_lock hold(m);
        turned.wait(hold, [&] { return pong == mine; });
        pong = !mine;
        ++turns;
        hold.unlock();
        turned.notify_one();
      }
    });
  }
  wg.wait();
  expect(turns == 2 * n, "cond_ping_pong");
}

}  // namespace bench
