// SPDX-License-Identifier: Apache-2.0
// cockroach_24808.cc: starting the compactor sends to a channel of one place that a suggestion has
// filled already, before there is a worker that would empty it. Repair: the send is tried, not
// insisted on.

#include "kernels/kernel.h"

namespace kernels::cockroach_24808 {
namespace {

struct stopper {
  weft::chan<void> quiesce = weft::make_chan<void>();
  weft::wait_group workers;

  template <class F>
  void run_worker(F f) {
    workers.add(1);
    weft::go({.name = "compactor"}, [this, f] {
      f();
      workers.done();
    });
  }
  void stop() {
    quiesce.close();
    workers.wait();
  }
};

struct compactor {
  weft::chan<void> wake = weft::make_chan<void>(1);
  int compacted = 0;

  void suggest() { static_cast<void>(wake.try_send()); }

  void start(stopper& s, bool repaired) {
    // Whatever was suggested before is looked at once.
    if (repaired) {
      static_cast<void>(wake.try_send());
    } else {
      wake.send();
    }
    s.run_worker([this, &s] {
      for (bool going = true; going;) {
        weft::select(weft::on_recv(s.quiesce, [&](bool) { going = false; }),
                     weft::on_recv(wake, [&](bool) { ++compacted; }));
      }
    });
  }
};

void body(bool repaired) {
  compactor c;
  stopper s;
  c.suggest();
  c.start(s, repaired);
  s.stop();
}

const registration entry({"cockroach/24808", "channel", verdict::deadlock, {"main:S"}, body});

}  // namespace
}  // namespace kernels::cockroach_24808
