// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/semaphore.md.
#include <weft/weft.h>

#include <cstdio>

int main() {
  return weft::run([] {
    // [use]
    weft::semaphore megabytes(100);
    weft::atomic<int> done = 0;
    weft::wait_group jobs;
    for (int size : {60, 50, 10, 80}) {
      jobs.go([&, size] {
        megabytes.acquire(size);  // waits until so many are free
        ++done;
        megabytes.release(size);
      });
    }
    jobs.wait();
    std::printf("%d jobs, never more than 100 megabytes\n", done.load());
    // [end]

    // [context]
    weft::cancel_scope scope(weft::background());
    megabytes.acquire(90);
    scope.cancel();
    if (std::error_code e = megabytes.acquire(20, scope.ctx()))
      std::printf("not acquired: %s\n", e.message().c_str());
    megabytes.release(90);
    // [end]
  });
}

// Output:
// 4 jobs, never more than 100 megabytes
// not acquired: context canceled
