// SPDX-License-Identifier: Apache-2.0
// Lesson 6, wrong: a write after the send
//
// The send comes before the return of the receive. What the sender does after its send is on its
// own: `n = 2` and the reader's read have no path between them in either direction. The reader may
// see 1 or 2. It cannot see 0: that write has been overwritten by one that comes before the read.
//
// The race build reports `n = 2` with the read of n, and does not report `n = 1`. So does the
// checker, which lists the outcomes 1 and 2 as well: 06_unbuffered_check.cc.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    weft::var<int> n = 0;
    auto c = weft::make_chan<void>();
    weft::wait_group sender;
    sender.go([&n, c] {
      n = 1;
      c.send();
      n = 2;  // races with the read below
    });
    c.recv();
    std::printf("%d\n", n);
    sender.wait();
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
