// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/atomic.md.
#include <weft/weft.h>

#include <cstdio>

int main() {
  return weft::run([] {
    // [use]
    weft::atomic<int> hits = 0;
    weft::atomic<bool> ready = false;
    weft::var<int> result = 0;  // plain: ready says when it may be read
    weft::wait_group workers;
    for (int w = 0; w < 100; ++w) workers.go([&hits] { ++hits; });
    workers.go([&] {
      result = 42;
      ready = true;
    });
    while (!ready) weft::yield();
    workers.wait();
    std::printf("%d hits, result %d\n", hits.load(), result);
    // [end]

    // [compare]
    weft::atomic<int> most = 3;
    int candidate = 5, seen = most;
    while (candidate > seen && !most.compare_exchange(seen, candidate)) {
    }  // seen is what it found instead
    std::printf("most %d\n", most.load());
    // [end]
  });
}

// Output:
// 100 hits, result 42
// most 5
