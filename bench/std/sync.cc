// SPDX-License-Identifier: Apache-2.0
// sync.cc: std::call_once, std::atomic, std::latch and std::condition_variable.

#include "rows.h"

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

namespace bench {

void once_fast(ops n) {
  std::once_flag o;
  ops ran = 0;
  std::thread threads[2];
  for (auto& t : threads) {
    t = std::thread([&] {
      for (ops i = 0; i < n / 2; ++i) std::call_once(o, [&] { ++ran; });
    });
  }
  for (auto& t : threads) t.join();
  expect(ran == (n >= 2 ? 1 : 0), "once_fast");
}

void atomic_add(ops n) {
  std::atomic<ops> sum = 0;
  std::thread threads[2];
  for (auto& t : threads) {
    t = std::thread([&sum, own = n / 2] {
      for (ops i = 0; i < own; ++i) sum += 1;
    });
  }
  for (auto& t : threads) t.join();
  expect(sum == n / 2 * 2, "atomic_add");
}

void wait_group(ops n) {
  for (ops i = 0; i < n; ++i) {
    std::latch l(1);
    l.count_down();
    l.wait();
  }
}

void cond_ping_pong(ops n) {
  std::mutex m;
  std::condition_variable turned;
  bool pong = false;
  ops turns = 0;
  std::thread threads[2];
  for (int k = 0; k < 2; ++k) {
    const bool mine = k == 1;
    threads[k] = std::thread([&, mine] {
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
  for (auto& t : threads) t.join();
  expect(turns == 2 * n, "cond_ping_pong");
}

}  // namespace bench
