// SPDX-License-Identifier: Apache-2.0
// Lesson 7: buffered channels, and what they count
//
// A buffer takes nothing from the edge of lesson 3: each send still comes before the return of its
// own receive, so "ready" is as certain as ever. What it takes away is the meeting: a send returns
// while there is room, whether or not anybody listens.
//
// The edge against the arrow becomes a counting one. With capacity C, the k-th receive comes before
// the return of send number k + C: to send once more than fits, somebody must have received. Read
// the buffer as slots: a send takes a slot, a receive gives one back, and no more than C are taken.
// That is a semaphore. With C = 1 it is a mutex, edges included: each section's receive comes
// before the return of the next section's send. Unbuffered channels are the case C = 0.
#include <weft/weft.h>

#include <cstdio>
#include <string>

// [program]
void a_send_does_not_wait() {
  auto c = weft::make_chan<int>(1);
  c.send(1);
  std::printf("sent, and nobody is there: %zu value waits\n", c.size());
}

bool receiver_learns_of_the_sender() {
  std::string state = "not ready";
  auto c = weft::make_chan<void>(1);
  weft::go([&state, c] {
    state = "ready";
    c.send();
  });
  c.recv();
  return state == "ready";
}

int most_inside(int capacity) {
  auto slots = weft::make_chan<void>(capacity);
  weft::atomic<int> inside = 0, most = 0;
  weft::wait_group workers;
  for (int w = 0; w < 20; ++w) {
    workers.go([&, slots] {
      slots.send();  // take a slot
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange(seen, now);) {
      }
      weft::yield();  // let others try to come in
      --inside;
      slots.recv();  // give it back
    });
  }
  workers.wait();
  return most;
}

int counter_guarded_by_a_channel() {
  auto slot = weft::make_chan<void>(1);
  weft::var<int> counter = 0;  // plain
  weft::wait_group workers;
  for (int w = 0; w < 10; ++w) {
    workers.go([&counter, slot] {
      for (int i = 0; i < 100; ++i) {
        slot.send();
        counter++;
        slot.recv();
      }
    });
  }
  workers.wait();
  return counter;
}

int main() {
  return weft::run([] {
    a_send_does_not_wait();
    int ready = 0;
    for (int round = 0; round < 1000; ++round)
      if (receiver_learns_of_the_sender()) ++ready;
    std::printf("the receiver finds \"ready\" in %d of 1000 rounds\n", ready);
    std::printf("20 workers, 3 slots: %s\n",
                most_inside(3) <= 3 ? "never more than 3 inside" : "too many inside");
    std::printf("1 slot, 10 goroutines, 100 times each: %d\n", counter_guarded_by_a_channel());
  });
}
// [end]

// Output:
// sent, and nobody is there: 1 value waits
// the receiver finds "ready" in 1000 of 1000 rounds
// 20 workers, 3 slots: never more than 3 inside
// 1 slot, 10 goroutines, 100 times each: 1000
