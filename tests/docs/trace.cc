// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/guide/read-a-trace.md and docs/reference/trace.md.
#include <weft/debug.h>
#include <weft/weft.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>

using namespace std::chrono_literals;

namespace {

// [order]
void pack(const weft::debug::trace_task& order, weft::chan<int> ready) {
  weft::debug::trace_region region(order, "pack");
  weft::sleep_for(2ms);
  weft::debug::trace_log("weight", "1200 g");
  ready.send(1);
}

void serve_order() {
  weft::debug::trace_task order("order");
  auto ready = weft::make_chan<int>();
  weft::go({.name = "packer"}, [&order, ready] { pack(order, ready); });
  weft::debug::trace_region region(order, "wait for the packer");
  ready.recv();
  order.log("state", "shipped");
}
// [end]

void whole_trace() {
  // [trace]
  weft::debug::start_trace();
  for (int i = 0; i < 3; ++i) serve_order();
  weft::debug::trace_summary done = weft::debug::stop_trace("orders.pftrace");
  std::printf("%s, %llu dropped\n", done.events > 30 ? "traced" : "nothing traced",
              static_cast<unsigned long long>(done.dropped));
  // [end]
}

void recorder() {
  std::atomic<int> failures{0};
  // [recorder]
  weft::debug::flight_recorder recorder({
      .min_age = 5s,
      .at_death = "last-seconds.pftrace",
      .when = [&failures] { return failures.load() > 10; },
      .when_true = "failures.pftrace",
  });
  recorder.start();
  serve_order();
  recorder.write_to("now.pftrace");
  // [end]
  std::printf("%s\n", recorder.enabled() ? "recording" : "off");
}

}  // namespace

int main() {
  return weft::run([] {
    whole_trace();
    recorder();
  });
}

// Output:
// traced, 0 dropped
// recording
