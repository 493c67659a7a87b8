// SPDX-License-Identifier: Apache-2.0
// Lesson 7, checked: buffered channels, and what they count
//
// With a buffer, a send still happens before its own receive: what the sender wrote, the receiver
// finds. The way back is gone: what the receiver wrote before its receive is certain for the sender
// without a buffer only, where the two meet.
//
// In its place there is the edge that counts: the k-th receive before the return of send number
// k + C. Two workers enter by a send and leave by a receive. With C = 1, the second one's send has
// to wait for the first one's receive, and the counter needs no other guard: all schedules, no
// race. With C = 2 nobody waits, and it is a race. As a semaphore, C = 2 is just right for three
// workers: never more than two are inside, in any schedule.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>

namespace check = weft::check;

// [program]
int receiver_learns(int capacity) {
  weft::var<int> ready = 0;
  auto c = weft::make_chan<void>(capacity);
  weft::go([&ready, c] {
    ready = 1;
    c.send();
  });
  c.recv();
  return ready;
}

int sender_learns(int capacity) {
  weft::var<int> ready = 0;
  auto c = weft::make_chan<void>(capacity);
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

void all_outcomes(const char* name, int (*body)(int)) {
  for (int capacity : {0, 1}) {
    std::printf("%s, capacity %d:", name, capacity);
    for (const auto& [ready, times] : check::outcomes<int>([=] { return body(capacity); }))
      std::printf("%s", ready ? " ready" : " not ready,");
    std::printf("\n");
  }
}

void guarded_by_a_channel(int capacity) {
  auto slots = weft::make_chan<void>(capacity);
  weft::var<int> counter = 0;
  weft::wait_group workers;
  for (int w = 0; w < 2; ++w) {
    workers.go([&counter, slots] {
      slots.send();  // take a slot
      counter++;
      slots.recv();  // give it back
    });
  }
  workers.wait();
  check::expect(counter == 2, "both have counted");
}

void three_workers(int capacity) {
  auto slots = weft::make_chan<void>(capacity);
  weft::atomic<int> inside = 0;
  weft::wait_group workers;
  for (int w = 0; w < 3; ++w) {
    workers.go([&, slots] {
      slots.send();
      check::expect(++inside <= capacity, "no more are inside than there are slots");
      --inside;
      slots.recv();
    });
  }
  workers.wait();
}

int main() {
  all_outcomes("the receiver finds", receiver_learns);
  all_outcomes("the sender finds", sender_learns);
  const check::options all{.strategy = check::exhaustive};
  for (int slots : {1, 2}) {
    const check::report r = check::explore([=] { guarded_by_a_channel(slots); }, all);
    std::printf("a counter behind %d of them: %s\n", slots, r.summary().c_str());
  }
  const check::report three = check::explore([] { three_workers(2); }, all);
  std::printf("3 workers, 2 slots: %s\n", three.summary().c_str());
}
// [end]

// clang-format off
// Output pattern:
// the receiver finds, capacity 0: ready
// the receiver finds, capacity 1: ready
// the sender finds, capacity 0: ready
// the sender finds, capacity 1: not ready, ready
// a counter behind 1 of them: weft::check: ok, exhaustive, <n> executions in <n> s, complete
// a counter behind 2 of them: weft::check: FAILED (data race), exhaustive, 1 execution in <n> s, not complete
// 3 workers, 2 slots: weft::check: ok, exhaustive, <n> executions in <n> s, complete
