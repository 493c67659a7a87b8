// SPDX-License-Identifier: Apache-2.0
// Lesson 2, checked: the lost update
//
// All that a counter can come to, by how often each of the two goroutines increments it. A plain
// one comes to anything from 2 on, as the wrong program says. With a mutex or an atomic there is
// one outcome, the right one. That is a proof for numbers this small, and no sample. Of 1000
// increments there are more schedules than atoms in the world; there a test on the runtime has to
// do.
//
// Then the lost update itself, found and drawn. check::sc leaves aside what is special to races and
// looks at interleavings only: one is enough. #1 is the counter. g1 reads 0 and is interrupted, g2
// reads 0 as well, both write 1. Of all schedules that fail, the checker shows one that interrupts
// as few goroutines as possible. The picture has the same, with the edges as arrows.
//
// check::explore, the checker's ordinary question, needs no outcome to call it a race.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

namespace check = weft::check;

// [program]
struct no_lock {
  void lock() {}
  void unlock() {}
};

template <class Counter, class Lock>
int count(int increments) {
  Lock lock;  // guards counter
  Counter counter = 0;
  weft::wait_group both;
  for (int g = 0; g < 2; ++g) {
    both.go([&] {
      for (int i = 0; i < increments; ++i) {
        std::scoped_lock hold(lock);
        counter++;
      }
    });
  }
  both.wait();
  return counter;
}

template <class Counter, class Lock>
void all_counts(const char* name) {
  std::printf("%-7s", name);
  for (int increments : {1, 2, 3}) {
    std::printf(" |");
    const auto all = check::outcomes<int>([=] { return count<Counter, Lock>(increments); });
    for (const auto& [counter, times] : all) std::printf(" %d", counter);
  }
  std::printf("\n");
}

int main() {
  using plain = weft::var<int>;
  all_counts<plain, no_lock>("plain");
  all_counts<plain, weft::mutex>("mutex");
  all_counts<weft::atomic<int>, no_lock>("atomic");

  auto both_count = [] {
    const int counter = count<plain, no_lock>(1);
    check::expect(counter == 2, "the counter is 2");
    return counter;
  };
  const check::report lost = check::outcomes<int>(both_count, check::sc, {}).how;
  std::printf("\n%s", lost.failures.at(0).text.c_str());
  if (lost.svg("02_lost_update.svg")) std::printf("picture: 02_lost_update.svg\n");

  const check::report race = check::explore([] { count<plain, no_lock>(1000); });
  std::printf("\n%s\n", race.summary().c_str());
}
// [end]

// Output pattern:
// plain   | 1 2 | 2 3 4 | 2 3 4 5 6
// mutex   | 2 | 4 | 6
// atomic  | 2 | 4 | 6
//
// failed: the counter is 2
//   in main:
//       main::{lambda#1}::operator() at ...
// schedule:
//        main                           g1                             g2
//     1  wait_group::add #2: +1 ...
//     2  go g1 ...
//     3  wait_group::add #2: +1 ...
//     4  go g2 ...
//        ... waits: sync.WaitGroup.Wait #2                             |
//     5  |                              read #1: 0                     | ...
//        |                              ... interrupted: it could go on
//     6  |                              |                              read #1: 0 ...
//     7  |                              |                              write #1: 1 ...
//     8  |                              |                              wait_group::add #2: -1
//        |                              |                              ... ends
//     9  |                              write #1: 1 ...
//    10  |                              wait_group::add #2: -1
//        |                              ... ends
//    11  wait_group::wait #2 ...
//    12  read #1: 1 ...
//        ** FAILS ** ...
// picture: 02_lost_update.svg
//
// weft::check: FAILED (data race), random, 1 execution in <n> s, not complete
