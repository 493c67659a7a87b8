// SPDX-License-Identifier: Apache-2.0
// Misuses that the leak and lock reports tell of on stderr.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

#include "misuse/cases.h"

namespace {

[[gnu::noinline]] void sends_to_nobody_left(const weft::chan<int>& c) {
  c.send(1);
  asm volatile("");
}

[[gnu::noinline]] void locks_both(weft::mutex& first, weft::mutex& second) {
  const std::lock_guard hold_first(first);
  const std::lock_guard hold_second(second);
  asm volatile("");
}

[[gnu::noinline]] void sleeps_with_lock(std::mutex& m) {
  const std::lock_guard hold(m);
  weft::sleep_for(std::chrono::milliseconds(1));
  asm volatile("");
}

}  // namespace

MISUSE(leak_guard_without_handler) {
  return weft::run([] {
    const weft::debug::leak_guard guard;
    const auto c = weft::make_chan<int>();
    weft::go({.name = "orphan"}, [c] { sends_to_nobody_left(c); });
    std::puts("scope ends");
  });
}

MISUSE(leak_guard_nil_channel) {
  return weft::run([] {
    const weft::debug::leak_guard guard;
    weft::go({.name = "never"}, [] { static_cast<void>(weft::chan<int>().recv()); });
  });
}

MISUSE(lock_orders) {
  return weft::run([] {
    weft::mutex a;
    weft::mutex b;
    locks_both(a, b);
    locks_both(b, a);
    std::puts("survived");
  });
}

MISUSE(foreign_lock) {
  return weft::run([] {
    std::mutex m;
    sleeps_with_lock(m);
    std::puts("survived");
  });
}
