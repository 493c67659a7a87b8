// SPDX-License-Identifier: Apache-2.0
// Lesson 2: the lost update
//
// First the mistake in slow motion. Two goroutines do one increment each, its steps apart, and take
// turns over a channel, so that the unlucky interleaving happens every time. Note that this is no
// data race: the channel orders every access. An update can be lost without one. What is missing is
// not only order but a read and a write that nobody comes between.
//
// Then two repairs. A mutex makes the three steps one section. An atomic's ++ is one operation; but
// `counter = counter + 1` on the same atomic would be two, and lose updates again.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

// [program]
void lose_an_update() {
  weft::var<int> counter = 0;
  auto turn = weft::make_chan<void>();  // whoever sends has had a turn; who receives takes the next

  weft::wait_group b;
  b.go([&counter, turn] {
    turn.recv();
    const int seen = counter;
    std::printf("               B reads %d\n", seen);
    turn.send();
    turn.recv();
    counter = seen + 1;
    std::printf("               B writes %d\n", counter);
    turn.send();
  });
  const int seen = counter;
  std::printf("A reads %d\n", seen);
  turn.send();
  turn.recv();
  counter = seen + 1;
  std::printf("A writes %d\n", counter);
  turn.send();
  turn.recv();
  b.wait();
  std::printf("two increments, and the counter is %d\n", counter);
}

template <class F>
void twice_1000_times(F increment) {
  weft::wait_group both;
  for (int g = 0; g < 2; ++g) {
    both.go([increment] {
      for (int i = 0; i < 1000; ++i) increment();
    });
  }
  both.wait();
}

int main() {
  return weft::run([] {
    lose_an_update();

    weft::mutex lock;  // guards counter
    weft::var<int> counter = 0;
    twice_1000_times([&] {
      std::scoped_lock hold(lock);
      counter++;
    });
    std::printf("with a mutex: %d\n", counter);

    weft::atomic<int> atomic_counter = 0;
    twice_1000_times([&] { atomic_counter++; });
    std::printf("with an atomic: %d\n", atomic_counter.load());
  });
}
// [end]

// Output:
// A reads 0
//                B reads 0
// A writes 1
//                B writes 1
// two increments, and the counter is 1
// with a mutex: 2000
// with an atomic: 2000
