// SPDX-License-Identifier: Apache-2.0
// kubernetes_6632.cc: a frame is written under the lock, with a send to the monitor; the monitor,
// when the connection closes, takes the lock to end the channel. Repair: while it waits for the
// lock, somebody empties the channel.

#include "kernels/kernel.h"

#include <mutex>

namespace kernels::kubernetes_6632 {
namespace {

struct idle_aware_framer {
  weft::mutex write_lock;
  weft::chan<bool> reset = weft::make_chan<bool>();
  weft::chan<bool> close_chan = weft::make_chan<bool>();

  void monitor(const weft::chan<bool>& mine, bool repaired) {
    for (bool going = true; going;) {
      weft::select(weft::on_recv(mine), weft::on_recv(close_chan, [&](auto) { going = false; }));
    }
    if (repaired)
      weft::go({.name = "drain"}, [mine] {
        for (bool each : mine) static_cast<void>(each);
      });
    std::scoped_lock hold(write_lock);
    mine.close();
    reset = {};
  }

  void write_frame() {
    std::scoped_lock hold(write_lock);
    if (reset) reset.send(true);
  }
};

void body(bool repaired) {
  auto f = std::make_shared<idle_aware_framer>();
  weft::go({.name = "closer"}, [=] { f->close_chan.send(true); });
  weft::go({.name = "monitor"}, [=, mine = f->reset] { f->monitor(mine, repaired); });
  weft::go({.name = "writer"}, [=] { f->write_frame(); });
}

const registration entry(
    {"kubernetes/6632", "channel and lock", verdict::leak, {"monitor:L writer:S"}, body});

}  // namespace
}  // namespace kernels::kubernetes_6632
