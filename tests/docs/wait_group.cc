// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/wait_group.md.
#include <weft/weft.h>

#include <cstddef>
#include <cstdio>
#include <vector>

int main() {
  return weft::run([] {
    // [use]
    weft::wait_group workers;
    std::vector<std::size_t> squares(4);
    for (std::size_t i = 0; i < 4; ++i) workers.go([&squares, i] { squares[i] = i * i; });
    workers.wait();  // all four have written
    // [end]
    for (std::size_t s : squares) std::printf("%zu\n", s);
  });
}

// Output:
// 0
// 1
// 4
// 9
