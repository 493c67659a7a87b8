// SPDX-License-Identifier: Apache-2.0
// Lesson 13: an atomic flag makes a lock
//
// exchange(true) sets the flag and tells what it was. Of all who do that at the same time, one gets
// false, and has the lock. Its store of false, at the end, is observed by the exchange of whoever
// gets it next: the edge of a mutex, made of an atomic.
//
// Who gets true tries again, and yields in between. The yield is not politeness. With one
// processor, a waiter that only spun would keep the very processor that the holder needs to come to
// its end.
//
// Such a lock is for sections of some tens of instructions that never block: its waiters use
// processor time, wait in no order, and a deadlock report cannot name them. weft::spinlock is this
// class with a short spin before the first yield. For everything else there is mutex.
//
// What follows is a test. The proof, for 2 and 3 goroutines, is 13_spin_lock_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

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

template <class Lock>
void try_out(const char* name, int goroutines) {
  Lock lock;                                            // guards the three
  weft::var<int> counter = 0, inside = 0, clashes = 0;  // plain
  weft::wait_group all;
  for (int g = 0; g < goroutines; ++g) {
    all.go([&] {
      for (int i = 0; i < 10'000; ++i) {
        std::scoped_lock hold(lock);
        if (++inside != 1) ++clashes;
        if (i % 1000 == 0) weft::yield();  // with the lock held: let the others knock
        ++counter;
        --inside;
      }
    });
  }
  all.wait();
  std::printf("%-9s %d goroutines: counter %d, clashes %d\n", name, goroutines, counter, clashes);
}

int main() {
  return weft::run([] {
    for (int goroutines : {2, 3}) {
      try_out<flag_lock>("flag_lock", goroutines);
      try_out<weft::spinlock>("spinlock", goroutines);
    }
  });
}
// [end]

// Output:
// flag_lock 2 goroutines: counter 20000, clashes 0
// spinlock  2 goroutines: counter 20000, clashes 0
// flag_lock 3 goroutines: counter 30000, clashes 0
// spinlock  3 goroutines: counter 30000, clashes 0
