// SPDX-License-Identifier: Apache-2.0
// Lesson 17, checked: two counters that are right
//
// One test for all three counters: two goroutines add 1 each, and the total has to be 2. The test
// says nothing about how a counter works. With a mutex and with a channel it holds in all
// schedules.
//
// The plain counter fails, as a race; the report names the line, and both goroutines in it. That is
// what the checker does with a race unless it is told to go on. With check::ignore it is told so,
// and takes plain memory as it comes: the test passes. Steps of plain memory are not tried in other
// orders, since without a race no order could matter. So never silence a race to see what the test
// says. To see what comes of one, as in lesson 2, ask for outcomes.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

namespace check = weft::check;

// [program]
class unsafe_counter {
 public:
  void add(int n) { total_ += n; }
  int total() { return total_; }

 private:
  int total_ = 0;
};

class mutex_counter {
 public:
  void add(int n) {
    std::scoped_lock hold(lock_);
    total_ += n;
  }
  int total() {
    std::scoped_lock hold(lock_);
    return total_;
  }

 private:
  weft::mutex lock_;  // guards total_
  int total_ = 0;
};

class channel_counter {
 public:
  channel_counter() {
    weft::go([add = add_, total = total_] {
      int sum = 0;  // this goroutine's own
      for (int n : add) sum += n;
      total.send(sum);
    });
  }
  void add(int n) { add_.send(n); }
  int total() {  // once, when nobody adds any more
    add_.close();
    return *total_.recv();
  }

 private:
  weft::chan<int> add_ = weft::make_chan<int>();
  weft::chan<int> total_ = weft::make_chan<int>(1);
};

template <class Counter>
void two_add_one() {
  Counter counter;
  weft::wait_group both;
  for (int g = 0; g < 2; ++g) both.go([&counter] { counter.add(1); });
  both.wait();
  check::expect(counter.total() == 2, "the total is 2");
}

int main() {
  const check::options all{.strategy = check::exhaustive};
  std::printf("mutex:   %s\n", check::explore(two_add_one<mutex_counter>, all).summary().c_str());
  std::printf("channel: %s\n", check::explore(two_add_one<channel_counter>, all).summary().c_str());
  std::printf("\n%s\n", check::explore(two_add_one<unsafe_counter>, all).races.at(0).text.c_str());
  const check::options blind{.strategy = check::exhaustive, .on_race = check::ignore};
  std::printf("unsafe, race ignored: %s\n",
              check::explore(two_add_one<unsafe_counter>, blind).summary().c_str());
}
// [end]

// Output pattern:
// mutex:   weft::check: ok, exhaustive, <n> executions in <n> s, complete
// channel: weft::check: ok, exhaustive, <n> executions in <n> s, complete
//
// data race
//   read of 4 bytes by g2:
//       ... at ...
//       ... at ...
//       ... at ...
//   not ordered after the earlier write of 4 bytes by g1:
//       ... at ...
//       two_add_one::{lambda#1}::operator() at ...
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
// unsafe, race ignored: weft::check: ok, exhaustive, <n> executions in <n> s, complete
