// SPDX-License-Identifier: Apache-2.0
// Lesson 20: what synchronisation costs
//
// Measured as you look, on this machine: nanoseconds for one operation, by one goroutine alone and
// by four at once on the same object, and the ratio of the first to an atomic's.
//
// How to read it. An atomic ++ is one instruction that locks a cache line. A mutex is two of these,
// a channel is a lock and a copy. Both are cheap as long as nobody else is there. With four, what
// costs is that the line travels between processors, or that somebody must wait and be woken. An
// unbuffered message is a meeting, so it switches from one goroutine to another. Starting one costs
// about as much.
//
// All of these are small beside one system call or one cache miss too many, and none beside a wrong
// result. So: take what makes the program plainly right, then measure, then share less.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <shared_mutex>

using namespace std::chrono_literals;

// [program]
using nanoseconds = std::chrono::duration<double, std::nano>;

template <class F>
double ns_per_op(int goroutines, F op) {
  for (int ops = 4000;; ops *= 4) {
    const auto start = weft::clock::now();
    weft::wait_group all;
    for (int g = 0; g < goroutines; ++g) {
      all.go([&op, each = ops / goroutines] {
        for (int i = 0; i < each; ++i) op();
      });
    }
    all.wait();
    const nanoseconds took = weft::clock::now() - start;
    if (took > 10ms) return took.count() / ops;  // long enough to tell
  }
}

template <class F>
double row(const char* name, double unit, F op) {
  const double alone = ns_per_op(1, op), by_four = ns_per_op(4, op);
  std::printf("%-26s %8.1f ns %8.1f ns %8.1f\n", name, alone, by_four,
              unit > 0 ? alone / unit : 1.0);
  return alone;
}

int main() {
  return weft::run([] {
    weft::atomic<int> counter = 0;
    weft::spinlock spin;
    weft::mutex lock;
    weft::shared_mutex shared;
    auto buffered = weft::make_chan<int>(16), meeting = weft::make_chan<int>();
    weft::wait_group other_side;
    other_side.go([meeting] {  // of each meeting
      for (int n : meeting) static_cast<void>(n);
    });

    std::printf("%-26s %11s %11s %8s\n", "operation", "alone", "by four", "ratio");
    const double unit = row("atomic ++", 0, [&] { ++counter; });
    row("spinlock", unit, [&] { std::scoped_lock hold(spin); });
    row("mutex", unit, [&] { std::scoped_lock hold(lock); });
    row("shared_mutex, reading", unit, [&] { std::shared_lock hold(shared); });
    row("buffered send and receive", unit, [=] {
      buffered.send(1);
      buffered.recv();
    });
    row("unbuffered send", unit, [=] { meeting.send(1); });
    row("start a goroutine, wait", unit, [] {
      weft::wait_group one;
      one.go([] {});
      one.wait();
    });
    meeting.close();
    other_side.wait();
  });
}
// [end]

// Output pattern:
// operation                        alone     by four    ratio
// atomic ++                  <n> ns <n> ns <n>
// spinlock                   <n> ns <n> ns <n>
// mutex                      <n> ns <n> ns <n>
// shared_mutex, reading      <n> ns <n> ns <n>
// buffered send and receive  <n> ns <n> ns <n>
// unbuffered send            <n> ns <n> ns <n>
// start a goroutine, wait    <n> ns <n> ns <n>
