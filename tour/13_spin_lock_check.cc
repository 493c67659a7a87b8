// SPDX-License-Identifier: Apache-2.0
// Lesson 13, checked: an atomic flag makes a lock
//
// Two goroutines, then three, that take the lock once each: in no schedule are two of them inside,
// nobody waits for ever, and what the lock guards may be plain. "complete" makes it a proof, for so
// many goroutines. That waiters spin does not make the schedules endless: one that has seen the
// flag up is not run again before somebody has changed the flag.
//
// Then the lock that one would write without exchange: wait until the flag is down, and put it up.
// It passes nearly every test. The schedule shows the two between whose look and store the other
// one came.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

namespace check = weft::check;

// [program]
class flag_lock {
 public:
  void lock() {
    while (held_.exchange(true)) weft::yield();
  }
  void unlock() { held_ = false; }

 private:
  weft::atomic<bool> held_ = false;
};

class wrong_lock {
 public:
  void lock() {
    while (held_) weft::yield();
    held_ = true;  // somebody else may have found it down, too
  }
  void unlock() { held_ = false; }

 private:
  weft::atomic<bool> held_ = false;
};

template <class Lock>
void take_it_once_each(int goroutines) {
  Lock lock;  // guards inside
  int inside = 0;
  weft::wait_group all;
  for (int g = 0; g < goroutines; ++g) {
    all.go([&] {
      std::scoped_lock hold(lock);
      check::expect(++inside == 1, "nobody else is inside");
      --inside;
    });
  }
  all.wait();
}

template <class Lock>
check::report explore(int goroutines) {
  return check::explore([=] { take_it_once_each<Lock>(goroutines); },
                        {.strategy = check::exhaustive});
}

int main() {
  for (int goroutines : {2, 3}) {
    std::printf("%d goroutines\n", goroutines);
    std::printf("  flag_lock %s\n", explore<flag_lock>(goroutines).summary().c_str());
    std::printf("  spinlock  %s\n", explore<weft::spinlock>(goroutines).summary().c_str());
  }
  std::printf("\n%s", explore<wrong_lock>(2).races.at(0).text.c_str());
}
// [end]

// Output pattern:
// 2 goroutines
//   flag_lock weft::check: ok, exhaustive, <n> executions in <n> s, complete
//   spinlock  weft::check: ok, exhaustive, <n> executions in <n> s, complete
// 3 goroutines
//   flag_lock weft::check: ok, exhaustive, <n> executions in <n> s, complete
//   spinlock  weft::check: ok, exhaustive, <n> executions in <n> s, complete
//
// data race
//   read of 4 bytes by g1:
//       ... at ...
//       ... at ...
//   not ordered after the earlier write of 4 bytes by g2:
//       take_it_once_each::{lambda#1}::operator() at ...
//       started by main at ...
// schedule:
//        main                            g1                              g2
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//        ... waits: sync.WaitGroup.Wait #1                               |
//     5  |                               atomic load #2: 0               | ...
//        |                               ... interrupted: it could go on |
//     6  |                               |                               atomic load #2: 0 ...
//     7  |                               |                               atomic store #2: 1 ...
//        |                               |                               ** write: RACE ** ...
//     8  |                               |                               atomic store #2: 0 ...
//     9  |                               |                               wait_group::add #1: -1
//        |                               |                               ... ends
//    10  |                               atomic store #2: 1 ...
//        |                               ** read: RACE ** ...
