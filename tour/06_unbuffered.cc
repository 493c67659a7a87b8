// SPDX-License-Identifier: Apache-2.0
// Lesson 6: unbuffered channels meet
//
// On an unbuffered channel a send and its receive meet: neither returns before the other has begun.
// That gives two edges. The send comes before the return of the receive, as on any channel. And the
// receive comes before the return of the send: what the receiver did before it received, the sender
// knows after it has sent. The signal may thus go against the arrow.
//
// Both edges lead from the start of one call to the return of the other. What either side does
// after the meeting is free again. The second part shows that with an atomic, so that it is no
// race: the write after the send may or may not be seen; the one before it must be. In every other
// round the sender dawdles, so that both outcomes show.
#include <weft/weft.h>

#include <cstdio>
#include <string>

// [program]
constexpr int k_rounds = 1000;

bool sender_learns_of_the_receiver() {
  std::string state = "not ready";
  auto c = weft::make_chan<void>();
  weft::wait_group receiver;
  receiver.go([&state, c] {
    state = "ready";
    c.recv();
  });
  c.send();  // returns after the receive has begun, which is after the write
  const bool ready = state == "ready";
  receiver.wait();
  return ready;
}

int read_after_the_receive(bool dawdle) {
  weft::atomic<int> n = 0;
  auto c = weft::make_chan<void>();
  weft::wait_group sender;
  sender.go([&n, c, dawdle] {
    n = 1;
    c.send();
    if (dawdle) weft::yield();
    n = 2;
  });
  c.recv();
  const int seen = n;
  sender.wait();
  return seen;
}

int main() {
  return weft::run([] {
    int ready = 0, times[3] = {};
    for (int round = 0; round < k_rounds; ++round) {
      if (sender_learns_of_the_receiver()) ++ready;
      ++times[read_after_the_receive(round % 2 == 0)];
    }
    std::printf("the sender finds \"ready\" in %d of %d rounds\n", ready, k_rounds);
    std::printf("the receiver reads 0: %d times, 1: %d times, 2: %d times\n", times[0], times[1],
                times[2]);
  });
}
// [end]

// Output pattern:
// the sender finds "ready" in 1000 of 1000 rounds
// the receiver reads 0: 0 times, 1: <n> times, 2: <n> times
