// SPDX-License-Identifier: Apache-2.0
// A ticker beside other events: one select waits for whatever comes first.
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

int main() {
  return weft::run([] {
    weft::ticker tick(20ms);
    auto done = weft::make_chan<void>();
    int ticks = 0;
    auto on_tick = [&](std::optional<weft::time_point>) {
      std::printf("tick %d\n", ++ticks);
      if (ticks == 3) {
        tick.stop();  // no tick comes after this, not even one that was due
        weft::after_func(50ms, [=] { done.close(); });
      }
    };
    while (weft::select(weft::on_recv(tick.c(), on_tick), weft::on_recv(done)) == 0) {
    }
    std::puts("done");
  });
}

// Output:
// tick 1
// tick 2
// tick 3
// done
