// SPDX-License-Identifier: Apache-2.0
// Lesson 23, wrong: a loop variable that everybody shares
//
// A race as they are really met. Each goroutine is to square its own number, but [&] captures the
// loop's variable by reference, and the loop goes on while they read it. Most often they all start
// late and find what is past the end; sometimes one is quick, and is right.
//
// The race build reports it. Shortened, and read line by line:
//
//     WARNING: ThreadSanitizer: data race
//       Read of size 8 at 0x7f6e78dfeed8 by thread T9:            who did what: goroutines are
//         #0 main::...::operator()() 23_race_report_wrong.cc:32   called threads; innermost
//                                                                 frame first: `mine = i`
//       Previous write of size 8 at 0x7f6e78dfeed8 by thread T5:  the other access, which nothing
//         #0 main::...::operator()() 23_race_report_wrong.cc:30   orders against it: `++i`
//       Thread T9 'goroutine 5' (running) created by thread T5    its number, and its name if it
//         at: ... 23_race_report_wrong.cc:31                      has one; where its go stands
//     Found 2 data race(s)                                        at the end; exit status 66
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
