// SPDX-License-Identifier: Apache-2.0
// A worker pool: three goroutines take jobs from one channel and send results into another. Which
// worker takes which job is not said; that every job is done once is.
#include <weft/weft.h>

#include <cstdio>

int collatz_steps(int n) {
  int steps = 0;
  for (long long x = n; x != 1; ++steps) x = x % 2 == 0 ? x / 2 : 3 * x + 1;
  return steps;
}

int main() {
  return weft::run([] {
    struct result {
      int n, steps;
    };
    auto jobs = weft::make_chan<int>(16);
    auto results = weft::make_chan<result>(16);

    weft::wait_group workers;
    for (int i = 0; i < 3; ++i) {
      workers.go([=] {
        for (int n : jobs) results.send(result{n, collatz_steps(n)});
      });
    }
    weft::go([=] {
      for (int n = 1; n < 10'000; ++n) jobs.send(n);
      jobs.close();
    });
    // Only when every worker has left is nobody sending any more: now results may be closed.
    weft::go([&workers, results] {
      workers.wait();
      results.close();
    });

    int count = 0;
    result longest{0, 0};
    for (result r : results) {
      ++count;
      if (r.steps > longest.steps) longest = r;
    }
    std::printf("%d jobs; %d takes the longest: %d steps\n", count, longest.n, longest.steps);
  });
}

// Output:
// 9999 jobs; 6171 takes the longest: 261 steps
