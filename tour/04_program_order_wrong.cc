// SPDX-License-Identifier: Apache-2.0
// Lesson 4, wrong: trusting the order of another goroutine's writes
//
// Within a goroutine, things happen in program order: whoever wrote `a = 1; b = 2` and reads them
// reads 1 and 2. That is a promise to that goroutine alone. Another one that sees b == 2 has learnt
// nothing about a: without an edge, the two writes have no order for it.
//
// What the contract permits the reader below to print, looking at b first and at a second:
//     b=0 a=0    b=0 a=1    b=2 a=1    and also    b=2 a=0
//
// The race build reports the write and the read of a, and those of b. The checker lists these four:
// 04_program_order_check.cc.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    weft::var<int> a = 0, b = 0;
    weft::wait_group writer;
    writer.go([&] {
      a = 1;
      b = 2;
    });
    const int b_seen = b;  // races with the write of b
    const int a_seen = a;  // races with the write of a, whatever b_seen is
    std::printf("b=%d a=%d\n", b_seen, a_seen);
    writer.wait();
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
