// SPDX-License-Identifier: Apache-2.0
// syncthing_5795.cc: a connection is closed from within the handler of a message, and waits there
// for the loop that called the handler. Repair: nobody waits for it in the handler.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::syncthing_5795 {
namespace {

struct raw_connection {
  weft::chan<int> inbox = weft::make_chan<int>();
  weft::chan<void> loop_stopped = weft::make_chan<void>();
  weft::chan<void> closed = weft::make_chan<void>();
  weft::once close_once;
  std::function<void()> on_cluster_config;

  void dispatch() {
    for (bool going = true; going;) {
      weft::select(weft::on_recv(inbox, [&](std::optional<int>) { on_cluster_config(); }),
                   weft::on_recv(closed, [&](bool) { going = false; }));
    }
    loop_stopped.close();
  }

  void close(bool repaired) {
    close_once.call([&] {
      closed.close();
      if (!repaired) loop_stopped.recv();
    });
  }
};

void body(bool repaired) {
  auto c = std::make_shared<raw_connection>();
  c->on_cluster_config = [p = c.get(), repaired] { p->close(repaired); };
  weft::go({.name = "dispatcher"}, [=] { c->dispatch(); });
  c->inbox.send(1);
  c->loop_stopped.recv();
}

const registration entry(
    {"syncthing/5795", "channel", verdict::deadlock, {"main:R dispatcher:R"}, body});

}  // namespace
}  // namespace kernels::syncthing_5795
