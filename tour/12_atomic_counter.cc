// SPDX-License-Identifier: Apache-2.0
// Lesson 12: a thousand goroutines, one atomic counter
//
// An operation that reads and writes an atomic, such as ++ or fetch_add, is one step: nobody comes
// between. A thousand of them make 1000, and give a thousand different values on the way, so that a
// counter also hands out tickets. All operations on all of weft's atomics happen in one order that
// everybody agrees on; there is no weaker kind to choose from.
//
// That is the place of an atomic: one word, one operation. Two atomics are not one step, nor are a
// load and a store of the same one. For what takes more than one word, take a mutex. For a new
// value that depends on the old one in a way that no operation offers, there is compare_exchange:
// store only if the value is still the one that the sum was done with, else do it again.
#include <weft/weft.h>

#include <algorithm>
#include <cstdio>
#include <vector>

// [program]
constexpr int k_goroutines = 1000;

void keep_the_greatest(weft::atomic<int>& greatest, int candidate) {
  int seen = greatest;
  while (candidate > seen && !greatest.compare_exchange(seen, candidate)) {
    // Somebody came between. seen is the new value now: look again.
  }
}

int main() {
  return weft::run([] {
    weft::atomic<int> counter = 0, greatest = 0;
    std::vector<int> taken(k_goroutines);  // by ticket; no two goroutines have the same
    weft::wait_group all;
    for (int g = 0; g < k_goroutines; ++g) {
      all.go([&, g] {
        const int ticket = counter.fetch_add(1);  // the value before
        ++taken[static_cast<std::size_t>(ticket)];
        keep_the_greatest(greatest, g * 7 % k_goroutines);
      });
    }
    all.wait();
    std::printf("counter: %d\n", counter.load());
    std::printf("every ticket was drawn once: %s\n",
                std::ranges::all_of(taken, [](int n) { return n == 1; }) ? "yes" : "no");
    std::printf("the greatest of the candidates: %d\n", greatest.load());
  });
}
// [end]

// Output:
// counter: 1000
// every ticket was drawn once: yes
// the greatest of the candidates: 999
