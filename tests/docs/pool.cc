// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/pool.md.
#include <weft/weft.h>

#include <atomic>
#include <cstdio>
#include <string>

int main() {
  return weft::run([] {
    std::atomic<std::size_t> sum = 0;
    // [use]
    weft::pool buffers([] {
      std::string s;
      s.reserve(4096);
      return s;
    });
    weft::wait_group writers;
    for (int i = 0; i < 10; ++i) {
      writers.go([&buffers, &sum, i] {
        std::string line = buffers.get();
        line.append("line ").append(std::to_string(i));
        sum += line.size();
        line.clear();  // what is put comes out as it was put
        buffers.put(std::move(line));
      });
    }
    writers.wait();
    // [end]
    std::printf("%zu\n", sum.load());
  });
}

// Output:
// 60
