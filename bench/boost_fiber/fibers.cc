// SPDX-License-Identifier: Apache-2.0
// fibers.cc: starting, yielding, fanning out, sleeping, parking in great numbers.

#include "rows.h"

#include <vector>

using namespace std::chrono_literals;

namespace bench {

namespace fibers = boost::fibers;
using int_channel = fibers::unbuffered_channel<std::int64_t>;

// One op: start a fiber that does nothing, and join it. launch::dispatch switches to it at once:
// quicker than post.
void spawn_join(ops n) {
  fibers::fixedsize_stack stacks(k_small_stack);
  for (ops i = 0; i < n; ++i)
    fibers::fiber(fibers::launch::dispatch, std::allocator_arg, stacks, [] {}).join();
}

// One op: a yield with nobody else to run.
void yield(ops n) {
  for (ops i = 0; i < n; ++i) boost::this_fiber::yield();
}

// One op: a yield by either of two fibers.
void yield_pair(ops n) {
  fibers::fiber first(yield, n / 2);
  fibers::fiber second(yield, n / 2);
  first.join();
  second.join();
}

static void skynet(int_channel& out, std::int64_t first, std::int64_t size) {
  if (size == 1) {
    out.push(first);
    return;
  }
  int_channel sums;
  fibers::fiber children[10];
  for (std::int64_t i = 0; i < 10; ++i) {
    children[i] =
        small_fiber([&sums, first, size, i] { skynet(sums, first + i * (size / 10), size / 10); });
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 10; ++i) sum += sums.value_pop();
  for (auto& child : children) child.join();  // the channel lives on this stack
  out.push(sum);
}

// One op: the sum of 0..99 999 by a tree of fibers, ten children each, sums sent over unbuffered
// channels.
void skynet_100k(ops n) {
  for (ops i = 0; i < n; ++i) {
    int_channel sum;
    fibers::fiber root = small_fiber([&] { skynet(sum, 0, 100'000); });
    expect(sum.value_pop() == 4'999'950'000, "skynet");
    root.join();
  }
}

static void fib(int_channel& out, int n) {
  if (n < 2) {
    out.push(n);
    return;
  }
  int_channel parts;
  fibers::fiber first = small_fiber([&parts, n] { fib(parts, n - 1); });
  fibers::fiber second = small_fiber([&parts, n] { fib(parts, n - 2); });
  const std::int64_t sum = parts.value_pop() + parts.value_pop();
  first.join();  // the channel lives on this stack
  second.join();
  out.push(sum);
}

// One op: fib(20), each of the two calls in a fiber of its own, results sent over an unbuffered
// channel.
void fib_20(ops n) {
  for (ops i = 0; i < n; ++i) {
    int_channel result;
    fibers::fiber root = small_fiber([&] { fib(result, 20); });
    expect(result.value_pop() == 6765, "fib");
    root.join();
  }
}

// One op: 10 000 fibers that sleep 10 ms each, from the first start until all are done.
void sleepers_10k(ops n) {
  for (ops i = 0; i < n; ++i) {
    std::vector<fibers::fiber> sleepers;
    for (int k = 0; k < 10'000; ++k) {
      sleepers.push_back(small_fiber([] { boost::this_fiber::sleep_for(10ms); }));
    }
    for (auto& sleeper : sleepers) sleeper.join();
  }
}

// Starts count fibers that park on a receive from one channel; closes it to wake them all, and
// joins them.
parked_result parked_fibers(ops count) {
  int_channel gate;
  std::atomic<ops> arrived = 0;
  std::vector<fibers::fiber> parked(static_cast<std::size_t>(count));
  const double before = resident_bytes();

  auto begin = std::chrono::steady_clock::now();
  for (auto& fiber : parked) {
    fiber = small_fiber([&] {
      ++arrived;
      std::int64_t value;
      gate.pop(value);
    });
  }
  while (arrived < count) boost::this_fiber::yield();
  parked_result result;
  result.start = seconds_since(begin);
  result.bytes = (resident_bytes() - before) / static_cast<double>(count);

  begin = std::chrono::steady_clock::now();
  gate.close();
  for (auto& fiber : parked) fiber.join();
  result.wake = seconds_since(begin);
  return result;
}

}  // namespace bench
