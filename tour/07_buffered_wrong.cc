// SPDX-License-Identifier: Apache-2.0
// Lesson 7, wrong: a buffer where a meeting was meant
//
// This is the first part of lesson 6 with one character changed: the channel has room for a value.
// The send no longer waits for the receiver; it returns at once, perhaps before the other goroutine
// has even started. Nothing orders the write of the state and the read of it any more, and "not
// ready" may be printed.
//
// The race build reports the assignment and the read of the string. The checker lists both
// outcomes: 07_buffered_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <string>

// [program]
int main() {
  return weft::run([] {
    std::string state = "not ready";
    auto c = weft::make_chan<void>(1);
    weft::wait_group receiver;
    receiver.go([&state, c] {
      state = "ready";  // races with the read below
      c.recv();
    });
    c.send();
    std::printf("%s\n", state.c_str());
    receiver.wait();
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
