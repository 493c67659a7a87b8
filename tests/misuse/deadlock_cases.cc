// SPDX-License-Identifier: Apache-2.0
// Everybody asleep for ever, in every way; and the look-alikes where somebody can still be woken.
#include <weft/chan.h>
#include <weft/debug.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "misuse/cases.h"

// Named functions, so that the dump can be searched for their frames.
[[gnu::noinline]] void receives_from_nobody(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  std::puts("received");
}

[[gnu::noinline]] void sends_to_nobody(const weft::chan<int>& c) {
  c.send(1);
  std::puts("sent");
}

static void busy_for(weft::clock::duration d) {
  const auto until = weft::clock::now() + d;
  while (weft::clock::now() < until) {
  }
}

using namespace misuse;

MISUSE(deadlock_receive) {
  return weft::run([] { receives_from_nobody(weft::make_chan<int>()); });
}
MISUSE(deadlock_under_a_debug_server) {
  weft::debug::serve("127.0.0.1:0");
  return weft::run([] { receives_from_nobody(weft::make_chan<int>()); });
}
MISUSE(deadlock_send) {
  return weft::run([] { sends_to_nobody(weft::make_chan<int>()); });
}
MISUSE(deadlock_nil_receive) {
  return weft::run([] { receives_from_nobody({}); });
}
MISUSE(deadlock_nil_send) {
  return weft::run([] { sends_to_nobody({}); });
}
MISUSE(deadlock_select) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::select(weft::on_recv(c), weft::on_send(c, 1));
  });
}
MISUSE(deadlock_select_no_cases) {
  return weft::run([] { weft::select(); });
}
MISUSE(deadlock_select_nil_cases) {
  return weft::run(
      [] { weft::select(weft::on_recv(weft::chan<int>{}), weft::on_send(weft::chan<int>{}, 1)); });
}
MISUSE(deadlock_self_lock) {
  return weft::run([] {
    weft::mutex m;
    m.lock();
    m.lock();
  });
}
MISUSE(deadlock_wait_group) {
  return weft::run([] {
    weft::wait_group wg;
    wg.add(1);
    wg.wait();
  });
}
MISUSE(deadlock_several) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::mutex m;
    m.lock();
    weft::wait_group wg;
    wg.add(1);
    weft::go({.name = "collector"}, [&] { receives_from_nobody(weft::make_chan<int>()); });
    weft::go({.name = "writer"}, [&] { sends_to_nobody(c); });
    weft::go({.name = "locker"}, [&] { m.lock(); });
    wg.wait();
  });
}
MISUSE(deadlock_after_work) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    for (int i = 0; i < 100; ++i) {
      weft::go([=] { c.send(i); });
    }
    for (int i = 0; i < 100; ++i) static_cast<void>(c.recv());
    weft::sleep_for(5ms);
    weft::blocking([] { std::this_thread::sleep_for(5ms); });
    std::puts("worked");
    std::fflush(stdout);
    receives_from_nobody(c);
  });
}
MISUSE(deadlock_beside_idle_timers) {
  return weft::run([] {
    const weft::timer unused(1h);
    const weft::ticker ticks(1h);
    const auto also_unused = weft::after(1h);
    receives_from_nobody(weft::make_chan<int>());
    static_cast<void>(also_unused);
  });
}
MISUSE(deadlock_main_gone_others_blocked) {
  return weft::run([] {
    weft::go([] { receives_from_nobody(weft::make_chan<int>()); });
    weft::exit_goroutine();
  });
}
MISUSE(main_gone_none_left) {
  return weft::run([] { weft::exit_goroutine(); });
}
MISUSE(main_gone_none_left_after_others) {
  return weft::run([] {
    weft::go([] { weft::sleep_for(20ms); });
    weft::exit_goroutine();
  });
}
MISUSE(main_gone_others_continue) {
  return weft::run([] {
    weft::go([] {
      weft::sleep_for(20ms);
      std::puts("later");
      std::fflush(stdout);
      std::_Exit(0);
    });
    weft::exit_goroutine();
  });
}

// Not deadlocks.
MISUSE(woken_by_thread) {
  const auto c = weft::make_chan<int>();
  std::thread t([=] {
    std::this_thread::sleep_for(300ms);
    c.send(1);
  });
  weft::run([=] { receives_from_nobody(c); });
  t.join();
  return 0;
}
MISUSE(woken_by_timer) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::after_func(300ms, [=] { c.send(1); });
    receives_from_nobody(c);
  });
}
MISUSE(woken_by_sleeper) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] {
      weft::sleep_for(300ms);
      c.send(1);
    });
    receives_from_nobody(c);
  });
}
MISUSE(woken_by_after) {
  return weft::run([] {
    weft::select(weft::on_recv(weft::chan<int>{}), weft::on_recv(weft::after(300ms)));
    std::puts("received");
  });
}
MISUSE(woken_by_timer_channel) {
  return weft::run([] {
    const weft::timer t(300ms);
    static_cast<void>(t.c().recv());
    std::puts("received");
  });
}
MISUSE(woken_by_blocking) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] {
      weft::blocking([] { std::this_thread::sleep_for(300ms); });
      c.send(1);
    });
    receives_from_nobody(c);
  });
}
MISUSE(woken_by_busy) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] {
      busy_for(300ms);
      c.send(1);
    });
    receives_from_nobody(c);
  });
}
MISUSE(sleeps_for_ever) {
  return weft::run([] {
    weft::go([] {
      weft::sleep_for(std::chrono::nanoseconds::max());
      std::puts("woke");
    });
    weft::go([] {
      weft::sleep_for(std::chrono::hours::max());
      std::puts("woke");
    });
    weft::go([] {
      weft::sleep_until(weft::time_point::max());
      std::puts("woke");
    });
    weft::sleep_for(50ms);
    return 5;
  });
}

// R09
MISUSE(dump_fresh) {
  return weft::run([] { weft::debug::dump_goroutines(std::cout); });
}
