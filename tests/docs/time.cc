// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/time.md.
#include <weft/weft.h>

#include <chrono>
#include <cstdio>

int main() {
  return weft::run([] {
    // [timer]
    using namespace std::chrono_literals;
    weft::timer t(1h);
    std::printf("%s\n", t.stop() ? "was running" : "had fired");
    t.reset(1ms);
    weft::time_point due = *t.c().recv();
    std::printf("%s\n", due <= weft::clock::now() ? "fired" : "never");
    // [end]
    // [ticker]
    weft::ticker every(2ms);
    for (int i = 0; i < 3; ++i) every.c().recv();
    every.stop();
    // [end]
    // [after_func]
    auto done = weft::make_chan<void>();
    weft::timer later = weft::after_func(1ms, [done] { done.send(); });
    done.recv();
    std::printf("%s\n", later.stop() ? "stopped" : "f has been started");
    // [end]
  });
}

// Output:
// was running
// fired
// f has been started
