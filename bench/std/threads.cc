// SPDX-License-Identifier: Apache-2.0
// threads.cc: starting, yielding, sleeping.

#include "rows.h"

#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace bench {

// One op: start a thread that does nothing, and join it.
void spawn_join(ops n) {
  for (ops i = 0; i < n; ++i) std::thread([] {}).join();
}

// One op: a yield with nobody else to run.
void yield(ops n) {
  for (ops i = 0; i < n; ++i) std::this_thread::yield();
}

// One op: a yield by either of two threads.
void yield_pair(ops n) {
  std::thread first(yield, n / 2);
  std::thread second(yield, n / 2);
  first.join();
  second.join();
}

// One op: 10 000 threads that sleep 10 ms each, from the first start until all are done.
void sleepers_10k(ops n) {
  for (ops i = 0; i < n; ++i) {
    std::vector<std::thread> sleepers;
    for (int k = 0; k < 10'000; ++k)
      sleepers.emplace_back([] { std::this_thread::sleep_for(10ms); });
    for (auto& sleeper : sleepers) sleeper.join();
  }
}

}  // namespace bench
