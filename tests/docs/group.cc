// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/group.md.
#include <weft/weft.h>

#include <cstdio>
#include <stdexcept>
#include <vector>

int main() {
  return weft::run([] {
    // [use]
    std::vector<int> lengths(4);
    const char* words[] = {"one", "three", "eleven", "seventeen"};
    weft::group g;
    g.set_limit(2);
    for (std::size_t i = 0; i < 4; ++i)
      g.go([&, i] { lengths[i] = static_cast<int>(std::char_traits<char>::length(words[i])); });
    g.wait();  // would rethrow the first exception
    // [end]
    for (int n : lengths) std::printf("%d\n", n);
  });
}

// Output:
// 3
// 5
// 6
// 9
