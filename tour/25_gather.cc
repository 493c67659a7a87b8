// SPDX-License-Identifier: Apache-2.0
// Lesson 25: gathering results, by channel and by index
//
// Many goroutines compute, one wants all the results in order. Over a channel each result travels
// with its number, and the receiver puts it into its place. By index there is nothing to send:
// every goroutine writes to elements that are its own. Elements of a vector are variables of their
// own, so nobody shares one, and one edge at the end is enough: every done() comes before the
// return of wait().
//
// By index is quicker, and right only because it is known beforehand how many results there will be
// and whose is which; a push_back into a shared vector would be a race. The channel needs to know
// neither, and gives the first result while the last is still being computed.
#include <weft/weft.h>

#include <cstdio>
#include <vector>

// [program]
constexpr int k_items = 20'000, k_workers = 4;

int collatz_steps(int n) {
  int steps = 0;
  for (long long x = n; x != 1; ++steps) x = x % 2 == 0 ? x / 2 : 3 * x + 1;
  return steps;
}

std::vector<int> by_channel() {
  struct numbered {
    std::size_t at;
    int steps;
  };
  auto results = weft::make_chan<numbered>(64);
  weft::wait_group workers;
  for (int w = 0; w < k_workers; ++w) {
    workers.go([results, w] {
      for (int i = w; i < k_items; i += k_workers)
        results.send(numbered{static_cast<std::size_t>(i), collatz_steps(i + 1)});
    });
  }
  std::vector<int> gathered(k_items);
  for (int n = 0; n < k_items; ++n) {
    const numbered r = *results.recv();
    gathered[r.at] = r.steps;
  }
  workers.wait();
  return gathered;
}

std::vector<int> by_index() {
  std::vector<int> gathered(k_items);
  weft::wait_group workers;
  for (int w = 0; w < k_workers; ++w) {
    workers.go([&gathered, w] {
      for (int i = w; i < k_items; i += k_workers)
        gathered[static_cast<std::size_t>(i)] = collatz_steps(i + 1);
    });
  }
  workers.wait();
  return gathered;
}

template <class Gather>
std::vector<int> measure(const char* name, Gather gather) {
  const auto start = weft::clock::now();
  std::vector<int> gathered = gather();
  const std::chrono::duration<double, std::nano> took = weft::clock::now() - start;
  std::printf("%s %6.1f ns an item\n", name, took.count() / k_items);
  return gathered;
}

int main() {
  return weft::run([] {
    const std::vector<int> a = measure("by channel:", by_channel);
    const std::vector<int> b = measure("by index:  ", by_index);
    std::printf("the same results: %s\n", a == b ? "yes" : "no");
  });
}
// [end]

// Output pattern:
// by channel: <n> ns an item
// by index:   <n> ns an item
// the same results: yes
