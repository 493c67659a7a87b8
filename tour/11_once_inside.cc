// SPDX-License-Identifier: Apache-2.0
// Lesson 11: once from the inside
//
// The flag is an atomic now, and each of the four lines in call() has its reason.
//     1  the fast path. Who sees true has observed the store in line 4: an edge, from which it
//        follows that it sees all that f did. Later calls cost this one load.
//     2  the others, at the beginning, compete for the lock. One gets it.
//     3  those who get it later must look again: f has run while they waited.
//     4  after f, not before it: an edge from the store carries only what came before the store.
// Leave out any one and it is wrong: without 2 f runs twice, without 3 also; 4 before f lets
// callers out too early, and 1 without the atomic is the wrong program.
//
// weft::once does this with one word for both lock and flag. Where f throws, it counts as done
// there; here the next caller would try again.
//
// 11_once_inside_check.cc goes through all schedules of two callers, and of three.
#include <weft/weft.h>

#include <cstdio>
#include <functional>
#include <mutex>

// [program]
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
  weft::atomic<bool> done_ = false;
};

int main() {
  return weft::run([] {
    int runs = 0, right = 0;
    for (int round = 0; round < 500; ++round) {
      my_once made;
      weft::var<int> value = 0, times = 0;
      weft::atomic<int> saw_42 = 0;
      weft::wait_group callers;
      for (int g = 0; g < 4; ++g) {
        callers.go([&] {
          made.call([&] {
            ++times;
            weft::yield();  // let the others arrive in the middle
            value = 42;
          });
          if (value == 42) ++saw_42;
        });
      }
      callers.wait();
      runs += times;
      right += saw_42;
    }
    std::printf("500 rounds: the function ran %d times\n", runs);
    std::printf("2000 calls: the value was there after %d of them\n", right);
  });
}
// [end]

// Output:
// 500 rounds: the function ran 500 times
// 2000 calls: the value was there after 2000 of them
