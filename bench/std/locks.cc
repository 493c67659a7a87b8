// SPDX-License-Identifier: Apache-2.0
// locks.cc: std::mutex.

#include "rows.h"

#include <mutex>
#include <thread>
#include <vector>

namespace bench {

// One op: a lock and an unlock by the only thread that wants the mutex. A second thread exists all
// along, since glibc locks without atomic instructions while a process has one thread only.
void mutex_uncontended(ops n) {
  std::mutex m, gate;
  gate.lock();
  std::thread second([&] { std::scoped_lock wait(gate); });
  std::int64_t count = 0;
  for (ops i = 0; i < n; ++i) {
    m.lock();
    ++count;
    m.unlock();
  }
  gate.unlock();
  second.join();
  expect(count == n, "mutex_uncontended");
}

// One op: a lock and an unlock by any of eight threads that all want the mutex.
void mutex_contended(ops n) {
  std::mutex m;
  std::int64_t count = 0;
  std::vector<std::thread> lockers;
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
