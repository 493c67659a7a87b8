// SPDX-License-Identifier: Apache-2.0
// cockroach_1462.cc: a stopper waits for its workers. One sends events until it sees that it is to
// stop; the one who receives them sees so first. Repair: the sender looks at both at once.

#include "kernels/kernel.h"

#include <mutex>

namespace kernels::cockroach_1462 {
namespace {

struct stopper {
  weft::chan<void> should_stop = weft::make_chan<void>();
  weft::chan<void> stopped = weft::make_chan<void>();
  weft::wait_group workers;
  weft::mutex mu;
  weft::condition_variable drained;
  bool draining = false;
  int tasks = 0;

  template <class F>
  void run_worker(const char* name, F f) {
    workers.add(1);
    weft::go({.name = name}, [this, f] {
      f();
      workers.done();
    });
  }

  void quiesce() {
    std::unique_lock hold(mu);
    draining = true;
    drained.wait(hold, [&] { return tasks == 0; });
  }

  void stop() {
    quiesce();
    should_stop.close();
    workers.wait();
    stopped.close();
  }
};

constexpr int k_events = 3;

void send_events(const weft::chan<int>& events, stopper& s, bool repaired) {
  for (int i = 0; i < k_events; ++i) {
    if (repaired) {
      if (weft::select(weft::on_recv(s.should_stop), weft::on_send(events, i)) == 0) return;
      continue;
    }
    bool stop = false;
    weft::select(weft::on_recv(s.should_stop, [&](bool) { stop = true; }),
                 weft::otherwise([&] { events.send(i); }));
    if (stop) return;
  }
}

void process_events(const weft::chan<int>& events, stopper& s) {
  while (weft::select(weft::on_recv(events), weft::on_recv(s.should_stop)) == 0) {
  }
}

void body(bool repaired) {
  auto s = std::make_shared<stopper>();
  auto events = weft::make_chan<int>();
  s->run_worker("sender", [=] { send_events(events, *s, repaired); });
  s->run_worker("processor", [=] { process_events(events, *s); });
  s->stop();
}

const registration entry(
    {"cockroach/1462", "channel and wait group", verdict::deadlock, {"main:W sender:S"}, body});

}  // namespace
}  // namespace kernels::cockroach_1462
