// SPDX-License-Identifier: Apache-2.0
// Lesson 23, wrong: a loop variable that everybody shares
//
// A race as they are really met. Each goroutine is to square its own number, but [&] captures the
// loop's variable by reference, and the loop goes on while they read it. Most often they all start
// late and find what is past the end; sometimes one is quick, and is right.
//
// Not yet in this version: the race build. Its report of this program, read line by line, comes
// with it.
#include <weft/weft.h>

#include <cstdio>
#include <vector>

// [program]
int main() {
  return weft::run([] {
    std::vector<int> squares(5);
    weft::wait_group all;
    std::size_t i = 0;    // declared here, it outlives the goroutines: the race is the only mistake
    for (; i < 4; ++i) {  // the write: ++i
      all.go([&] {
        const std::size_t mine = i;  // the read: there is but one i
        squares[mine] = static_cast<int>(mine * mine);
      });
    }
    all.wait();
    for (int s : squares) std::printf("%d\n", s);
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
