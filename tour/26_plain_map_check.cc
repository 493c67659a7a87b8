// SPDX-License-Identifier: Apache-2.0
// Lesson 26, checked: a map that many goroutines write
//
// No type of weft's is in the map: code that is linked to weft::check is compiled so that the
// checker sees each access to memory, inside the standard library as well, and reports the first
// two that race. One of the sides is a read here: an insertion looks at the map before it changes
// it.
//
// With its lock, as it is in square_map, the map passes all schedules. "Added once each" needs more
// than that there is no race. If add() looked and inserted under two locks, one after the other, no
// two accesses would race, and the checker would still find both goroutines told that they added
// it.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <unordered_map>

namespace check = weft::check;

// [program]
void plain_map() {
  std::unordered_map<int, int> squares;
  weft::wait_group all;
  for (int g = 0; g < 2; ++g) all.go([&squares, g] { squares[g] = g * g; });
  all.wait();
}

class square_map {
 public:
  // True if it was not there.
  bool add(int n) {
    std::scoped_lock hold(lock_);
    return squares_.try_emplace(n, n * n).second;
  }
  bool add_in_two_steps(int n) {
    std::unique_lock hold(lock_);
    if (squares_.contains(n)) return false;
    hold.unlock();
    hold.lock();
    squares_[n] = n * n;
    return true;
  }

 private:
  weft::mutex lock_;  // guards squares_
  std::unordered_map<int, int> squares_;
};

void all_want_seven(bool (square_map::*add)(int)) {
  square_map squares;
  weft::atomic<int> added = 0;
  weft::wait_group all;
  for (int g = 0; g < 3; ++g) {
    all.go([&] {
      if ((squares.*add)(7)) ++added;
    });
  }
  all.wait();
  check::expect(added == 1, "it is added once");
}

int main() {
  const check::options all{.strategy = check::exhaustive};
  const check::report race = check::explore(plain_map, all);
  const check::report locked = check::explore([] { all_want_seven(&square_map::add); }, all);
  const check::report two_steps =
      check::explore([] { all_want_seven(&square_map::add_in_two_steps); }, all);
  std::printf("%s\n", race.races.at(0).text.c_str());
  std::printf("add():              %s\n", locked.summary().c_str());
  std::printf("add_in_two_steps(): %s\n", two_steps.summary().c_str());
}
// [end]

// clang-format off
// Output pattern:
// data race
//   read of 8 bytes by g2:
//       ... at ...
//       ... at ...
//   not ordered after the earlier write of 8 bytes by g1:
//       plain_map::{lambda#1}::operator() at ...
//       started by main at ...
// schedule:
//        main                    g1                 g2
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//                                ** write: RACE ** ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//                                                   ** read: RACE ** ...
//
// add():              weft::check: ok, exhaustive, <n> executions in <n> s, complete
// add_in_two_steps(): weft::check: FAILED (failed: it is added once), exhaustive, <n> executions in <n> s, not complete
