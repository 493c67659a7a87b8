// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/lockfree.md.
#include <weft/weft.h>

#include <cstdio>
#include <optional>
#include <string>

int main() {
  return weft::run([] {
    // [use]
    weft::lockfree::queue<std::string> letters;
    weft::lockfree::stack<int> plates;
    weft::wait_group others;
    others.go([&] {
      letters.push("first");
      letters.push("second");
    });
    others.go([&] {
      for (int i = 1; i <= 3; ++i) plates.push(i);
    });
    others.wait();
    while (std::optional<std::string> letter = letters.pop()) std::printf("%s\n", letter->c_str());
    while (std::optional<int> plate = plates.pop()) std::printf("%d\n", *plate);
    // [end]
  });
}

// Output:
// first
// second
// 3
// 2
// 1
