// SPDX-License-Identifier: Apache-2.0
// Every panic of the contract, where nobody catches it.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/group.h>
#include <weft/select.h>
#include <weft/semaphore.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <cstddef>
#include <cstdio>
#include <limits>

#include "misuse/cases.h"

using namespace misuse;

namespace {
weft::chan<int> closed() {
  auto c = weft::make_chan<int>(1);
  c.close();
  return c;
}
}  // namespace

MISUSE(panic_try_send) {
  return weft::run([] { static_cast<void>(closed().try_send(1)); });
}
MISUSE(panic_send_with_context) {
  return weft::run([] { static_cast<void>(closed().send(1, weft::background())); });
}
MISUSE(panic_select_send) {
  return weft::run([] { weft::select(weft::on_send(closed(), 1), weft::otherwise([] {})); });
}
MISUSE(panic_parked_sender) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] { c.close(); });
    c.send(1);
  });
}
MISUSE(panic_parked_select_sender) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] { c.close(); });
    weft::select(weft::on_send(c, 1), weft::on_recv(weft::chan<int>()));
  });
}
MISUSE(panic_close_of_closed) {
  return weft::run([] { closed().close(); });
}
MISUSE(panic_size_of_channel) {
  return weft::run(
      [] { static_cast<void>(weft::make_chan<int>(std::numeric_limits<std::size_t>::max())); });
}
MISUSE(panic_size_of_channel_negative) {
  return weft::run([] { static_cast<void>(weft::make_chan<int>(static_cast<std::size_t>(-1))); });
}
MISUSE(panic_too_many_cases) {
  return weft::run([] {
    weft::select_set set;
    const auto c = weft::make_chan<int>();
    for (int i = 0; i <= 65536; ++i) set.add_recv(c);
    set.wait();
  });
}
MISUSE(panic_two_defaults) {
  return weft::run([] {
    weft::select_set set;
    set.add_default([] {});
    set.add_default([] {});
  });
}
MISUSE(panic_reused_wait_group) {
  weft::set_procs(1);
  return weft::run([] {
    weft::wait_group wg;
    wg.add(1);
    weft::go([&] {
      // The main goroutine waits, and runs again only after this.
      wg.done();
      wg.add(1);
      static_cast<void>(weft::make_chan<int>().recv());
    });
    wg.wait();
    std::puts("went on");
  });
}
MISUSE(panic_timer_stop) {
  return weft::run([] { weft::timer().stop(); });
}
MISUSE(panic_timer_reset) {
  return weft::run([] { weft::timer().reset(1s); });
}
MISUSE(panic_ticker_reset_of_zero) {
  return weft::run([] { weft::ticker().reset(1s); });
}
MISUSE(panic_new_ticker) {
  return weft::run([] { const weft::ticker t(0s); });
}
MISUSE(panic_ticker_reset) {
  return weft::run([] { weft::ticker(1h).reset(-1ns); });
}
MISUSE(panic_nil_parent) {
  return weft::run([] { static_cast<void>(weft::with_cancel(weft::context())); });
}
MISUSE(panic_nil_context) {
  return weft::run([] { static_cast<void>(weft::context().err()); });
}
MISUSE(panic_semaphore_release) {
  return weft::run([] { weft::semaphore(1).release(2); });
}
MISUSE(panic_semaphore_negative) {
  return weft::run([] { weft::semaphore(1).acquire(-1); });
}
MISUSE(panic_group_limit) {
  return weft::run([] {
    weft::group g;
    g.set_limit(3);
    for (int i = 0; i < 2; ++i) {
      g.go([] { static_cast<void>(weft::make_chan<int>().recv()); });
    }
    g.set_limit(4);
  });
}

// R02: before main, when static objects are made.
[[gnu::constructor]] static void before_main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "deadlock_before_main")
    weft::run([] { static_cast<void>(weft::make_chan<int>().recv()); });
}
MISUSE(deadlock_before_main) {
  std::puts("reached main");
  return 0;
}
