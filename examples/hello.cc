// SPDX-License-Identifier: Apache-2.0
// Two goroutines, a channel, a select with a timeout, and cancellation by closing a channel.
// [program]
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
    done.close();
    workers.wait();
  });
}
// [end]

// Output:
// 1
// 4
// 9
// nothing for half a second: cancel
