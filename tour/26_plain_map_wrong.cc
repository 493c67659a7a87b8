// SPDX-License-Identifier: Apache-2.0
// Lesson 26, wrong: writing a plain map from many goroutines
//
// "But they write different keys." The keys are different, the map is one: an insertion relinks
// nodes, and may move the whole table. Two at the same time corrupt it. What follows is a wrong
// count at best, else an endless loop or a crash, later and somewhere else. A reader that meets a
// writer is no better off. Go's runtime looks for this and stops the program; C++ does not.
//
// The race build reports the line of the insertion, with itself; so does the checker, in one
// execution: 26_plain_map_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <unordered_map>

// [program]
int main() {
  return weft::run([] {
    std::unordered_map<int, int> squares;
    weft::wait_group all;
    for (int g = 0; g < 8; ++g) {
      all.go([&squares, g] {
        for (int n = g; n < 8000; n += 8) squares[n] = n * n;  // races with those of all others
      });
    }
    all.wait();
    std::printf("%zu\n", squares.size());
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
