// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/go.md.
#include <weft/weft.h>

#include <cstdio>
#include <memory>

int main() {
  // [run]
  int status = weft::run([] {
    auto done = weft::make_chan<void>();
    weft::go(
        [done](std::unique_ptr<int> n) {
          std::printf("got %d\n", *n);
          done.send();
        },
        std::make_unique<int>(5));
    done.recv();
    return 3;
  });
  // [end]
  std::printf("status %d\n", status);
  weft::run([] {
    // [options]
    auto done = weft::make_chan<void>();
    weft::go({.name = "parser", .stack_size = 8 << 20}, [done] { done.send(); });
    done.recv();
    // [end]
    // [local]
    static weft::goroutine_local<int> depth;
    ++*depth;
    std::printf("depth %d\n", *depth);
    // [end]
    // [blocking]
    long size = weft::blocking([] {
      std::FILE* f = std::fopen("/proc/self/exe", "rb");
      std::fseek(f, 0, SEEK_END);
      long n = std::ftell(f);
      std::fclose(f);
      return n;
    });
    // [end]
    std::printf("%s\n", size > 0 ? "read" : "empty");
  });
}

// Output:
// got 5
// status 3
// depth 1
// read
