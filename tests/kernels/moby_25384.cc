// SPDX-License-Identifier: Apache-2.0
// moby_25384.cc: the wait for all plugins stands inside the loop that starts them.
// Repair: after the loop.

#include "kernels/kernel.h"

namespace kernels::moby_25384 {
namespace {

struct plugin {
  bool enabled = false;
};

struct plugin_manager {
  std::vector<std::shared_ptr<plugin>> plugins;
  weft::wait_group all;

  void init(bool repaired) {
    all.add(static_cast<int>(plugins.size()));
    for (const auto& p : plugins) {
      weft::go({.name = "plugin"}, [this, p] {
        p->enabled = true;
        all.done();
      });
      if (!repaired) all.wait();
    }
    if (repaired) all.wait();
  }
};

void body(bool repaired) {
  plugin_manager m;
  for (int i = 0; i < 2; ++i) m.plugins.push_back(std::make_shared<plugin>());
  m.init(repaired);
}

const registration entry({"moby/25384", "wait group", verdict::deadlock, {"main:W"}, body});

}  // namespace
}  // namespace kernels::moby_25384
