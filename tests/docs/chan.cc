// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/chan.md.
#include <weft/weft.h>

#include <cstdio>
#include <memory>

int main() {
  return weft::run([] {
    // [use]
    weft::chan<std::unique_ptr<int>> c = weft::make_chan<std::unique_ptr<int>>(2);
    c.send(std::make_unique<int>(1));
    c.send(std::make_unique<int>(2));
    auto third = std::make_unique<int>(3);
    if (!c.try_send(std::move(third))) std::printf("full; still ours: %d\n", *third);
    c.close();
    for (std::unique_ptr<int> p : c) std::printf("%d\n", *p);
    std::printf("%s\n", c.recv() ? "a value" : "closed and drained");
    // [end]
    // [sides]
    auto work = weft::make_chan<int>();
    auto finished = weft::make_chan<void>();
    weft::go(
        [](weft::receiver<int> in, weft::sender<void> done) {
          for (int n : in) std::printf("job %d\n", n);
          done.close();
        },
        work, finished);
    work.send(7);
    work.close();
    finished.recv();
    // [end]
  });
}

// Output:
// full; still ours: 3
// 1
// 2
// closed and drained
// job 7
