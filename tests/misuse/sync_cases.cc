// SPDX-License-Identifier: Apache-2.0
// Misuse of once and condition_variable.
#include <weft/condition_variable.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/once.h>
#include <weft/wait_group.h>

#include <cstdio>
#include <mutex>
#include <stdexcept>

#include "misuse/cases.h"

[[gnu::noinline]] void calls_once_again(weft::once& o) {
  o.call([&] { std::puts("ran within itself"); });
  std::puts("returned");
}

[[gnu::noinline]] void waits_for_a_notification(weft::mutex& m, weft::condition_variable& cv) {
  std::unique_lock hold(m);
  cv.wait(hold);
  std::puts("woke");
}

using namespace misuse;

MISUSE(once_within_itself) {
  return weft::run([] {
    weft::once o;
    o.call([&] { calls_once_again(o); });
  });
}
MISUSE(once_func_that_throws) {
  return weft::run([] {
    const auto f = weft::once_func([] { throw std::runtime_error("disk full"); });
    try {
      f();
    } catch (const std::runtime_error&) {
    }
    f();
    std::puts("went on");
  });
}
MISUSE(once_func_after_exit) {
  return weft::run([] {
    const auto f = weft::once_func([] { weft::exit_goroutine(); });
    weft::wait_group gone;
    gone.go(f);
    gone.wait();
    f();
    std::puts("went on");
  });
}
MISUSE(wait_without_notifier) {
  return weft::run([] {
    weft::mutex m;
    weft::condition_variable cv;
    cv.notify_all();  // not remembered
    waits_for_a_notification(m, cv);
  });
}
