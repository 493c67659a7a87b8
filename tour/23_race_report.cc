// SPDX-License-Identifier: Apache-2.0
// Lesson 23: how to read the report of a race
//
// Whatever tool writes it, a race report has three things to say, and they are read in this order.
//     1  two accesses to one address, at least one a write, each with its stack: here the read in
//        the goroutine and the ++i of the loop
//     2  the goroutines that did them, and where each was started
//     3  what is missing: nothing. A report never names the lock that was forgotten. Ask which edge
//        was meant to order the two. If there is one, find where it is not taken. If there is none,
//        ask whether the two must share this variable at all
// Here they need not. The repair is a capture by value: each goroutine has a number of its own,
// made before it starts (the go call comes before the start of the goroutine). The elements of the
// vector are different variables, so no two goroutines meet there; the wait orders them before the
// loop that prints. A race is not mended by making the window smaller, nor by a sleep.
#include <weft/weft.h>

#include <cstdio>
#include <vector>

// [program]
int main() {
  return weft::run([] {
    std::vector<int> squares(4);
    weft::wait_group all;
    for (std::size_t i = 0; i < 4; ++i) {
      all.go([&squares, i] { squares[i] = static_cast<int>(i * i); });
    }
    all.wait();
    for (int s : squares) std::printf("%d\n", s);
  });
}
// [end]

// Output:
// 0
// 1
// 4
// 9
