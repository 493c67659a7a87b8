// SPDX-License-Identifier: Apache-2.0
// Lesson 14, wrong: results that nobody closes
//
// A thousand jobs, three workers, one channel of results, and a loop over the results. All of them
// arrive. Then the loop waits for a next one or for a close, and neither will come: the workers
// have gone home.
//
// weft notices that nobody can ever go on, says so, shows where each goroutine stands and what it
// waits for, and ends the program with status 2. Read the report from below: the line of this file
// is the loop, and "chan receive" is what it waits for. That no other goroutine is listed is the
// other half of the story: there is nobody left who could send.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    auto jobs = weft::make_chan<int>();
    auto results = weft::make_chan<int>();

    for (int w = 0; w < 3; ++w) {
      weft::go([jobs, results] {
        for (int n : jobs) results.send(2 * n);
      });
    }
    weft::go([jobs] {
      for (int n = 1; n <= 1000; ++n) jobs.send(n);
      jobs.close();
    });

    int count = 0;
    for (int r : results) {
      if (r > 0) ++count;
      if (count == 1000) std::printf("all 1000 are here\n");
    }
    std::printf("never printed\n");
  });
}
// [end]

// Output:
// all 1000 are here
// Error output:
// fatal error: all goroutines are asleep - deadlock!
// goroutine 1 [chan receive...]:
// ...14_worker_pool_wrong.cc:...
// Exit status: 2
