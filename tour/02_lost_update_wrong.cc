// SPDX-License-Identifier: Apache-2.0
// Lesson 2, wrong: counter++ from two goroutines
//
// `counter++` is three steps: read, add, write. Two goroutines that take them at the same time may
// both read 7 and both write 8, and one of the two increments is lost. The program may print any
// number from 2 to 2000; being a data race, it may also do anything else.
//
// Why 2? One goroutine reads 0, and is held up. The other does 999 of its increments. The first
// writes 1. The other reads this 1, and is held up in its last increment, while the first does all
// the rest. Then the other writes 2.
//
// The race build reports `counter++` as a race with itself. The checker finds the lost update, and
// draws its interleaving: 02_lost_update_check.cc.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    weft::var<int> counter = 0;
    weft::wait_group both;
    for (int g = 0; g < 2; ++g) {
      both.go([&counter] {
        for (int i = 0; i < 1000; ++i) counter++;  // races with itself in the other goroutine
      });
    }
    both.wait();
    std::printf("%d\n", counter);
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
