// SPDX-License-Identifier: Apache-2.0
// 100 000 goroutines that live at once, each with a clock of its own, and no report.
#include <weft/weft.h>

#include <cstdio>

int main() {
  constexpr int n = 100'000;
  return weft::run([] {
    auto start = weft::make_chan<void>();
    auto sums = weft::make_chan<int>(128);
    static int given[n];
    for (int i = 0; i < n; ++i) {
      given[i] = 1;
      weft::go([start, sums, i] {
        start.recv();
        sums.send(given[i]);
      });
    }
    const std::size_t alive = weft::num_goroutines();
    start.close();
    int sum = 0;
    for (int i = 0; i < n; ++i) sum += *sums.recv();
    std::printf("%zu alive, sum %d\n", alive, sum);
    return alive > n && sum == n ? 0 : 1;
  });
}
