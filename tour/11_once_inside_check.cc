// SPDX-License-Identifier: Apache-2.0
// Lesson 11, checked: once from the inside
//
// One text for both versions: the flag is an atomic, or it is plain. For the atomic one the checker
// goes through all schedules of two callers, and of three: no race, the function runs once, and
// every caller finds 42. That is a proof for so many callers. The second check, line 3, was needed
// in some of these schedules, and the first, line 1, in others; leave one out and see.
//
// With the plain flag it finds the race of line 1 with line 4, and that a caller can be let through
// and find 0. Most of the schedules are right, on any machine. The schedule shows one that is not.
// #2 is the flag, #1 the value: g2 sees the new flag and the old value, for it never takes the
// lock.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <functional>
#include <mutex>

namespace check = weft::check;

// [program]
template <class Flag>
class my_once {
 public:
  template <class F>
  void call(F&& f) {
    if (done_) return;             // 1
    std::scoped_lock hold(lock_);  // 2
    if (done_) return;             // 3
    std::invoke(f);
    done_ = true;  // 4
  }

 private:
  weft::mutex lock_;
  Flag done_ = false;
};

template <class Flag>
void callers(int n) {
  weft::var<int> value = 0;
  my_once<Flag> made;
  weft::atomic<int> runs = 0;
  weft::wait_group all;
  for (int g = 0; g < n; ++g) {
    all.go([&] {
      made.call([&] {
        ++runs;
        value = 42;
      });
      check::expect(value == 42, "the value is there");
    });
  }
  all.wait();
  check::expect(runs == 1, "it runs once");
}

int main() {
  const check::options all{.strategy = check::exhaustive};
  for (int n : {2, 3}) {
    const check::report right = check::explore([=] { callers<weft::atomic<bool>>(n); }, all);
    std::printf("atomic flag, %d callers: %s\n", n, right.summary().c_str());
  }
  const check::report race = check::explore([] { callers<weft::var<bool>>(2); }, all);
  std::printf("plain flag,  2 callers: %s\n\n", race.summary().c_str());

  auto outcome = [] {
    callers<weft::var<bool>>(2);
    return 0;
  };
  const check::report wrong = check::outcomes<int>(outcome, check::go, {}).how;
  std::printf("%s", wrong.failures.at(0).text.c_str());
}
// [end]

// clang-format off
// Output pattern:
// atomic flag, 2 callers: weft::check: ok, exhaustive, <n> executions in <n> s, complete
// atomic flag, 3 callers: weft::check: ok, exhaustive, <n> executions in <n> s, complete
// plain flag,  2 callers: weft::check: FAILED (data race), exhaustive, 1 execution in <n> s, not complete
//
// failed: the value is there
//   in g2:
//       callers::{lambda#1}::operator() at ...
//       started by main at ...
// schedule:
//        main                       g1                         g2
//     1  wait_group::add #3: +1 ...
//     2  go g1 ...
//     3  wait_group::add #3: +1 ...
//     4  go g2 ...
//        ... waits: sync.WaitGroup.Wait #3                     |
//     5  |                          read #2: 0                 | ...
//     6  |                          lock #4                    | ...
//     7  |                          read #2: 0                 | ...
//     8  |                          atomic update #5: 0 -> 1   | ...
//     9  |                          write #1: 42               | ...
//    10  |                          write #2: 1                | ...
//    11  |                          unlock #4                  | ...
//    12  |                          read #1: 42                | ...
//    13  |                          wait_group::add #3: -1     |
//        |                          ... ends                   |
//    14  |                                                     read #2: 1 ...
//    15  |                                                     read #1: 0 (not the last write) ...
//        |                                                     ** FAILS ** ...
