// SPDX-License-Identifier: Apache-2.0
// Lesson 14: who closes the results?
//
// A channel is closed by its senders' side, since only senders know that nothing more will come; a
// send on a closed channel panics. With one sender that is easy: the producer closes jobs. Results
// have three, and no worker may close them while another still sends. So the one who closes is
// somebody who knows that all workers are done: a goroutine that waits for them all.
//
// The edges make it right. Each worker's last send comes before its done(), that before the return
// of wait(), that before the close, and so before the end of the loop. The loop sees every result.
#include <weft/weft.h>

#include <cstdio>

// [program]
int main() {
  return weft::run([] {
    auto jobs = weft::make_chan<int>();
    auto results = weft::make_chan<int>();

    weft::wait_group workers;
    for (int w = 0; w < 3; ++w) {
      workers.go([jobs, results] {
        for (int n : jobs) results.send(2 * n);
      });
    }
    weft::go([jobs] {
      for (int n = 1; n <= 1000; ++n) jobs.send(n);
      jobs.close();
    });
    weft::go([&workers, results] {
      workers.wait();
      results.close();  // nobody sends any more
    });

    int count = 0, sum = 0;
    for (int r : results) {
      ++count;
      sum += r;
    }
    std::printf("%d results, sum %d\n", count, sum);
  });
}
// [end]

// Output:
// 1000 results, sum 1001000
