// SPDX-License-Identifier: Apache-2.0
// istio_16742.cc: pushing a configuration clears the labels of a proxy under the read lock of
// something else, while another push reads them. Repair: labels are computed, and not stored in
// what is shared.

#include "kernels/kernel.h"

#include <map>

namespace kernels::istio_16742 {
namespace {

struct proxy {
  int* labels = nullptr;
};

struct config_generator {
  weft::shared_mutex push_mu;

  void set_labels(proxy& p, bool repaired) {
    push_mu.lock_shared();
    int found = 1;
    if (repaired) {
      static_cast<void>(found);
    } else {
      p.labels = nullptr;  // race
    }
    push_mu.unlock_shared();
  }

  static int build_listeners(const proxy& p) {
    return p.labels == nullptr ? 0 : 1;  // race
  }
};

struct discovery_server {
  config_generator generator;
  std::map<int, std::shared_ptr<proxy>> clients;
};

void body(bool repaired) {
  discovery_server server;
  server.clients[1] = std::make_shared<proxy>();
  proxy& p = *server.clients[1];
  weft::wait_group pushes;
  pushes.go([&] { server.generator.set_labels(p, repaired); });
  pushes.go([&] { use(config_generator::build_listeners(p)); });
  pushes.wait();
}

const registration entry({"istio/16742", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::istio_16742
