// SPDX-License-Identifier: Apache-2.0
// goroutines.cc: starting, yielding, fanning out, sleeping, parking in great numbers.

#include "rows.h"

#include <weft/weft.h>

#include <chrono>
#include <cstdint>

using namespace std::chrono_literals;

namespace bench {

using int_chan = weft::chan<std::int64_t>;

// One op: start a goroutine that reports to a wait group, and wait for it.
void spawn_join(ops n) {
  weft::wait_group wg;
  for (ops i = 0; i < n; ++i) {
    wg.add(1);
    weft::go([&] { wg.done(); });
    wg.wait();
  }
}

// One op: a yield with nobody else to run.
void yield(ops n) {
  for (ops i = 0; i < n; ++i) weft::yield();
}

// One op: a yield by either of two goroutines.
void yield_pair(ops n) {
  weft::wait_group wg;
  wg.add(2);
  for (int i = 0; i < 2; ++i) {
    weft::go([&] {
      yield(n / 2);
      wg.done();
    });
  }
  wg.wait();
}

static void skynet(const int_chan& out, std::int64_t first, std::int64_t size) {
  if (size == 1) {
    out.send(first);
    return;
  }
  const auto sums = weft::make_chan<std::int64_t>();
  for (std::int64_t i = 0; i < 10; ++i) {
    weft::go(skynet, sums, first + i * (size / 10), size / 10);
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 10; ++i) sum += *sums.recv();
  out.send(sum);
}

// One op: the sum of 0..99 999 by a tree of goroutines, ten children each, sums sent over
// unbuffered channels.
void skynet_100k(ops n) {
  for (ops i = 0; i < n; ++i) {
    const auto sum = weft::make_chan<std::int64_t>();
    weft::go(skynet, sum, 0, 100'000);
    expect(*sum.recv() == 4'999'950'000, "skynet");
  }
}

static void fib(const int_chan& out, int n) {
  if (n < 2) {
    out.send(n);
    return;
  }
  const auto parts = weft::make_chan<std::int64_t>();
  weft::go(fib, parts, n - 1);
  weft::go(fib, parts, n - 2);
  const std::int64_t one = *parts.recv();
  out.send(one + *parts.recv());
}

// One op: fib(20), each of the two calls in a goroutine of its own, results sent over an
// unbuffered channel.
void fib_20(ops n) {
  for (ops i = 0; i < n; ++i) {
    const auto result = weft::make_chan<std::int64_t>();
    weft::go(fib, result, 20);
    expect(*result.recv() == 6765, "fib");
  }
}

// One op: 10 000 goroutines that sleep 10 ms each, from the first start until all are done.
void sleepers_10k(ops n) {
  for (ops i = 0; i < n; ++i) {
    weft::wait_group wg;
    wg.add(10'000);
    for (int k = 0; k < 10'000; ++k) {
      weft::go([&] {
        weft::sleep_for(10ms);
        wg.done();
      });
    }
    wg.wait();
  }
}

// Starts count goroutines that park on a receive from one channel; closes it to wake them all,
// and joins them.
parked_result parked_goroutines(ops count) {
  const auto gate = weft::make_chan<void>();
  weft::wait_group arrived, left;
  arrived.add(static_cast<int>(count));
  left.add(static_cast<int>(count));
  const double before = resident_bytes();

  auto begin = std::chrono::steady_clock::now();
  for (ops i = 0; i < count; ++i) {
    weft::go([&] {
      arrived.done();
      static_cast<void>(gate.recv());
      left.done();
    });
  }
  arrived.wait();
  parked_result result;
  result.start = seconds_since(begin);
  result.bytes = (resident_bytes() - before) / static_cast<double>(count);

  begin = std::chrono::steady_clock::now();
  gate.close();
  left.wait();
  result.wake = seconds_since(begin);
  return result;
}

}  // namespace bench
