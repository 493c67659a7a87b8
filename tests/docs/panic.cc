// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/panic.md.
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

int main() {
  return weft::run([] {
    // [catch]
    auto c = weft::make_chan<int>(1);
    c.close();
    try {
      c.send(1);
    } catch (const weft::panic& p) {
      std::printf("caught: %s\n", p.what());
    }
    // [end]

    // [code]
    weft::cancel_scope limit(weft::background(), 1ms);
    std::error_code e = weft::make_chan<int>().send(1, limit.ctx());
    if (e == weft::errc::deadline_exceeded) std::printf("%s\n", e.message().c_str());
    std::printf("%s\n", e == std::errc::timed_out ? "which is a time-out" : "something else");
    // [end]
  });
}

// Output:
// caught: send on closed channel
// context deadline exceeded
// which is a time-out
