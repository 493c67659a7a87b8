// SPDX-License-Identifier: Apache-2.0
// grpc_2371.cc: the watcher of a resolver hands a service configuration to a balancer that the
// first address is to make, and that need not be there. Repair: it is asked for.

#include "kernels/kernel.h"

namespace kernels::grpc_2371 {
namespace {

struct balancer_wrapper {
  weft::chan<int> updates = weft::make_chan<int>(2);
  void handle(int config) { static_cast<void>(updates.try_send(config)); }
};

struct client_conn {
  weft::shared_mutex mu;
  std::unique_ptr<balancer_wrapper> balancer;

  // As Go's runtime does at such a place.
  balancer_wrapper& the_balancer() const {
    if (!balancer) throw weft::panic("invalid memory address or nil pointer dereference");
    return *balancer;
  }

  void handle_service_config(int config, bool repaired) {
    mu.lock();
    if (!repaired || balancer) the_balancer().handle(config);
    mu.unlock();
  }
  void handle_address() {
    mu.lock();
    if (!balancer) balancer = std::make_unique<balancer_wrapper>();
    mu.unlock();
  }
};

void body(bool repaired) {
  client_conn cc;
  auto addresses = weft::make_chan<int>(1);
  auto configs = weft::make_chan<int>(1);
  weft::wait_group watchers;
  watchers.go([&] {
    for (int i = 0; i < 2; ++i) {
      weft::select(weft::on_recv(addresses, [&](auto) { cc.handle_address(); }),
                   weft::on_recv(configs, [&](std::optional<int> c) {
                     cc.handle_service_config(*c, repaired);
                   }));
    }
  });
  addresses.send(1);
  configs.send(2);
  watchers.wait();
}

const registration entry({"grpc/2371",
                          "channel misuse",
                          verdict::panic,
                          {"panic: invalid memory address or nil pointer dereference"},
                          body});

}  // namespace
}  // namespace kernels::grpc_2371
