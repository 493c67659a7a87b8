// SPDX-License-Identifier: Apache-2.0
// locks.cc: boost::fibers::mutex.

#include "rows.h"

#include <mutex>
#include <vector>

namespace bench {

namespace fibers = boost::fibers;

// One op: a lock and an unlock by the only fiber that wants the mutex.
void mutex_uncontended(ops n) {
  fibers::mutex m;
  std::int64_t count = 0;
  for (ops i = 0; i < n; ++i) {
    m.lock();
    ++count;
    m.unlock();
  }
  expect(count == n, "mutex_uncontended");
}

// One op: a lock and an unlock by any of eight fibers that all want the mutex.
void mutex_contended(ops n) {
  fibers::mutex m;
  std::int64_t count = 0;
  std::vector<fibers::fiber> lockers;
  for (int k = 0; k < 8; ++k) {
    lockers.emplace_back([&] {
      for (ops i = 0; i < n / 8; ++i) {
        m.lock();
        ++count;
        m.unlock();
      }
    });
  }
  for (auto& locker : lockers) locker.join();
  expect(count == n / 8 * 8, "mutex_contended");
}

}  // namespace bench
