// SPDX-License-Identifier: Apache-2.0
// locks.cc: weft::mutex.

#include "rows.h"

#include <weft/weft.h>

#include <cstdint>

namespace bench {

// One op: a lock and an unlock by the only goroutine that wants the mutex.
void mutex_uncontended(ops n) {
  weft::mutex m;
  std::int64_t count = 0;
  for (ops i = 0; i < n; ++i) {
    m.lock();
    ++count;
    m.unlock();
  }
  expect(count == n, "mutex_uncontended");
}

// One op: a lock and an unlock by any of eight goroutines that all want the mutex.
void mutex_contended(ops n) {
  weft::mutex m;
  weft::wait_group wg;
  std::int64_t count = 0;
  wg.add(8);
  for (int k = 0; k < 8; ++k) {
    weft::go([&] {
      for (ops i = 0; i < n / 8; ++i) {
        m.lock();
        ++count;
        m.unlock();
      }
      wg.done();
    });
  }
  wg.wait();
  expect(count == n / 8 * 8, "mutex_contended");
}

}  // namespace bench
