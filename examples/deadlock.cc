// SPDX-License-Identifier: Apache-2.0
// hello.cc broken by one line: nobody closes done.
// The runtime says who waits for what, and where.
#include <weft/weft.h>
#include <cstdio>
using namespace std::chrono_literals;

int main() {
  return weft::run([] {
    auto numbers = weft::make_chan<int>(), squares = weft::make_chan<int>();
    auto done = weft::make_chan<void>();
    weft::wait_group workers;
    workers.go([=] {
      for (int n : {1, 2, 3}) weft::select(weft::on_send(numbers, n), weft::on_recv(done));
      done.recv();  // nothing more to say; closing done ends it
      numbers.close();
    });
    workers.go([=] {
      for (int n : numbers) weft::select(weft::on_send(squares, n * n), weft::on_recv(done));
    });
    auto print = [](std::optional<int> n) { std::printf("%d\n", *n); };
    while (weft::select(weft::on_recv(squares, print), weft::on_recv(weft::after(500ms))) == 0) {
    }
    std::puts("nothing for half a second: cancel");
    // done.close();
    workers.wait();
  });
}

// Error output:
// fatal error: all goroutines are asleep - deadlock!
// goroutine 1 [sync.WaitGroup.Wait...]:
// ...deadlock.cc:26...
// goroutine 2 [chan receive...]:
// ...deadlock.cc:15...
// goroutine 3 [chan receive...]:
// ...deadlock.cc:19...
// Exit status: 2
