// SPDX-License-Identifier: Apache-2.0
// Lesson 17: two counters that are right
//
// The same interface twice. With a mutex, everybody may touch the total, one at a time. With a
// channel, nobody may but its owner, a goroutine that adds up what it receives: no lock is needed,
// since what one goroutine does is in order anyway. Both give the same.
//
// Which to take? A mutex to guard a state that several use for a moment; lesson 20 says that it is
// much the cheaper one. A channel to hand something on, to signal, or to let one goroutine own what
// others may only ask for. If in doubt: what is being passed, data or permission? Data go over a
// channel.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

// [program]
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
  weft::var<int> total_ = 0;
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
  weft::chan<int> total_ = weft::make_chan<int>(1);  // the owner need not wait to hand it in
};

template <class Counter>
int count_to_10000() {
  Counter counter;
  weft::wait_group all;
  for (int g = 0; g < 10; ++g) {
    all.go([&counter] {
      for (int i = 0; i < 1000; ++i) counter.add(1);
    });
  }
  all.wait();
  return counter.total();
}

int main() {
  return weft::run([] {
    std::printf("mutex:   %d\n", count_to_10000<mutex_counter>());
    std::printf("channel: %d\n", count_to_10000<channel_counter>());
  });
}
// [end]

// Output:
// mutex:   10000
// channel: 10000
