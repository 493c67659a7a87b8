// SPDX-License-Identifier: Apache-2.0
// etcd_6857.cc: the status of a node is asked for by a send to its loop, which has been stopped
// meanwhile. Repair: the one who asks also looks whether the loop has ended.

#include "kernels/kernel.h"

namespace kernels::etcd_6857 {
namespace {

struct node {
  weft::chan<weft::chan<int>> status = weft::make_chan<weft::chan<int>>();
  weft::chan<void> stop = weft::make_chan<void>();
  weft::chan<void> done = weft::make_chan<void>();

  void run() {
    for (bool going = true; going;) {
      weft::select(
          weft::on_recv(status, [](std::optional<weft::chan<int>> reply) { reply->send(7); }),
          weft::on_recv(stop, [&](bool) { going = false; }));
    }
    done.close();
  }

  int ask(bool repaired) {
    auto reply = weft::make_chan<int>(1);
    if (repaired) {
      if (weft::select(weft::on_send(status, reply), weft::on_recv(done)) == 1) return 0;
    } else {
      status.send(reply);
    }
    return *reply.recv();
  }

  void end() {
    if (weft::select(weft::on_send(stop), weft::on_recv(done)) == 1) return;
    done.recv();
  }
};

void body(bool repaired) {
  auto n = std::make_shared<node>();
  weft::go({.name = "loop"}, [=] { n->run(); });
  weft::go({.name = "status"}, [=] { static_cast<void>(n->ask(repaired)); });
  weft::go({.name = "stopper"}, [=] { n->end(); });
}

const registration entry({"etcd/6857", "channel", verdict::leak, {"status:S"}, body});

}  // namespace
}  // namespace kernels::etcd_6857
