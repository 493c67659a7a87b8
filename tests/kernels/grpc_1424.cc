// SPDX-License-Identifier: Apache-2.0
// grpc_1424.cc: a connection that is dialled watches the balancer's addresses until their channel
// is closed, which closing the balancer forgets. Repair: it closes it.

#include "kernels/kernel.h"

namespace kernels::grpc_1424 {
namespace {

struct balancer {
  weft::mutex mu;
  bool closed = false;
  weft::chan<int> addresses = weft::make_chan<int>(1);

  weft::receiver<int> notify() const { return addresses; }

  void close(bool repaired) {
    mu.lock();
    if (!closed && repaired) addresses.close();
    closed = true;
    mu.unlock();
  }
};

struct client_conn {
  std::shared_ptr<balancer> b = std::make_shared<balancer>();
  weft::chan<void> connected = weft::make_chan<void>(1);

  void watch() const {
    for (int address : b->notify())
      if (address != 0) static_cast<void>(connected.try_send());
  }
};

void body(bool repaired) {
  auto cc = std::make_shared<client_conn>();
  weft::go({.name = "watcher"}, [=] { cc->watch(); });
  cc->b->addresses.send(10);
  cc->connected.recv();
  cc->b->close(repaired);
}

const registration entry({"grpc/1424", "channel", verdict::leak, {"watcher:R"}, body});

}  // namespace
}  // namespace kernels::grpc_1424
