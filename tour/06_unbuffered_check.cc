// SPDX-License-Identifier: Apache-2.0
// Lesson 6, checked: unbuffered channels meet
//
// Both edges of a meeting, each with the list of what can be read over it. "ready" is certain: the
// receive comes before the return of the send, so the sender's read is ordered after the write. The
// other direction: n = 1 comes before the send, and 0 is impossible; n = 2 comes after it, and 1
// and 2 are both possible.
//
// If n is plain, that is a race, and check::explore reports it with both of its sides. In the
// columns they are marked with **. The message, step 3, is between them, and orders neither: the
// write comes after the send, in g1, and the read after the receive, in main. If n is an atomic,
// the same two outcomes are no race, but a choice.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>

namespace check = weft::check;

// [program]
int sender_learns_of_the_receiver() {
  weft::var<int> ready = 0;
  auto c = weft::make_chan<void>();
  weft::wait_group receiver;
  receiver.go([&ready, c] {
    ready = 1;
    c.recv();
  });
  c.send();
  const int seen = ready;
  receiver.wait();
  return seen;
}

template <class Number>
int read_after_the_receive() {
  Number n = 0;
  auto c = weft::make_chan<void>();
  weft::wait_group sender;
  sender.go([&n, c] {
    n = 1;
    c.send();
    n = 2;
  });
  c.recv();
  const int seen = n;
  sender.wait();
  return seen;
}

void all_outcomes(const char* name, int (*body)()) {
  std::printf("%s", name);
  for (const auto& [seen, times] : check::outcomes<int>(body)) std::printf(" %d", seen);
  std::printf("\n");
}

int main() {
  all_outcomes("the sender finds ready:", sender_learns_of_the_receiver);
  all_outcomes("the receiver finds n, plain:", read_after_the_receive<weft::var<int>>);
  all_outcomes("the receiver finds n, atomic:", read_after_the_receive<weft::atomic<int>>);

  const check::options all{.strategy = check::exhaustive};
  std::printf("\n%s", check::explore(read_after_the_receive<weft::var<int>>, all).text().c_str());
  std::printf("\n%s",
              check::explore(read_after_the_receive<weft::atomic<int>>, all).text().c_str());
}
// [end]

// Output pattern:
// the sender finds ready: 1
// the receiver finds n, plain: 1 2
// the receiver finds n, atomic: 1 2
//
// weft::check: FAILED (data race), exhaustive, 1 execution in <n> s, not complete
// data race
//   read of 4 bytes by main:
//       ... at ...
//   not ordered after the earlier write of 4 bytes by g1:
//       ... at ...
//       started by main at ...
// schedule:
//        main                    g1
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3                          send #2 -> main ...
//                                ** write: RACE ** ...
//        ** read: RACE ** ...
// replay with WEFT_REPLAY=...06_unbuffered_check
//
// weft::check: ok, exhaustive, <n> executions in <n> s, complete
