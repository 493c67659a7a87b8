// SPDX-License-Identifier: Apache-2.0
// Lesson 1, wrong: publication through a plain flag
//
// One goroutine writes data, then raises a flag; another waits for the flag, then reads data. It
// looks as if it could only print 42. But the order of two writes in one goroutine is an order for
// that goroutine. For the other one nothing says that `data = 42` comes before `ready = true`, nor
// that `ready` will ever be seen to change. The compiler, which sees plain variables, may swap the
// writes, and may read the flag of an empty loop just once; a processor may show the writes in
// either order.
//
// So the reader that leaves the loop may find
//     ready true, data 42      what was meant
//     ready true, data 0       permitted all the same
// and it may never leave the loop. On x86 the second is rarely seen, which makes it worse: the test
// passes, and the mistake waits for another compiler or another machine.
//
// weft::var<int> is an int. The name tells readers that goroutines share it, and tells the checker.
//
// The race build reports two races: `ready = true` with `!ready`, and `data = 42` with the read of
// data. The checker lists all outcomes, whatever the hardware: 01_publication_check.cc.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    weft::var<int> data = 0;
    weft::var<bool> ready = false;

    weft::wait_group writer;
    writer.go([&] {
      data = 42;
      ready = true;  // races with the loop below: nothing orders this write and that read
    });
    while (!ready) weft::yield();
    std::printf("%d\n", data);
    writer.wait();
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
