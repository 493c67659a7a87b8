// SPDX-License-Identifier: Apache-2.0
// istio_18454.cc: the event loop of a strategy resets its timer; if the timer has fired it drains
// the timer's channel first, by a receive that waits, although nothing need be there. The processor
// then waits for room in the reset channel. Repair: look, do not wait.

#include "kernels/kernel.h"

#include <optional>

namespace kernels::istio_18454 {
namespace {

struct strategy {
  weft::mutex state;
  weft::chan<void> reset = weft::make_chan<void>(1);
  std::optional<weft::timer> timer;
  weft::context ctx;
  int flushed = 0;
  bool repaired = false;

  void on_change(const std::shared_ptr<strategy>& self) {
    state.lock();
    if (timer) {
      state.unlock();
      reset.send();
      return;
    }
    timer.emplace(1ms);
    weft::go({.name = "event_loop"}, [self] { self->loop(); });
    state.unlock();
  }

  void loop() {
    for (bool going = true; going;) {
      weft::select(weft::on_recv(timer->c(), [&](auto) { ++flushed; }),
                   weft::on_recv(reset, [&](bool) { restart(); }),
                   weft::on_recv(ctx.done(), [&](bool) { going = false; }));
    }
    timer->stop();
  }

  void restart() {
    if (!timer->stop()) {
      if (repaired) {
        static_cast<void>(timer->c().try_recv());
      } else {
        timer->c().recv();
      }
    }
    timer->reset(1ms);
  }
};

void body(bool repaired) {
  auto s = std::make_shared<strategy>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  s->ctx = ctx;
  s->repaired = repaired;
  auto events = weft::make_chan<int>(4);
  for (int i = 0; i < 4; ++i) events.send(i);
  events.close();
  weft::go({.name = "processor"}, [=] {
    for (int event : events) {
      if (event == 2) weft::sleep_for(2ms);
      s->on_change(s);
    }
    cancel();
  });
}

const registration entry(
    {"istio/18454", "channel and context", verdict::leak, {"event_loop:R"}, body});

}  // namespace
}  // namespace kernels::istio_18454
