// SPDX-License-Identifier: Apache-2.0
// moby_17176.cc: cleaning up deleted devices returns early, with the lock, if there are none.
// Repair: unlock on that way.

#include "kernels/kernel.h"

namespace kernels::moby_17176 {
namespace {

struct device_set {
  weft::mutex mu;
  int deleted = 0;

  void clean_up(bool repaired) {
    mu.lock();
    if (deleted == 0) {
      if (repaired) mu.unlock();
      return;
    }
    --deleted;
    mu.unlock();
  }

  void remove() {
    mu.lock();
    ++deleted;
    mu.unlock();
  }
};

void body(bool repaired) {
  auto devices = std::make_shared<device_set>();
  weft::go({.name = "cleaner"}, [=] {
    weft::timer again(30ms);
    for (int i = 0; i < 2; ++i) {
      devices->clean_up(repaired);
      again.c().recv();
      again.reset(30ms);
    }
    again.stop();
  });
  weft::go({.name = "remover"}, [=] { devices->remove(); });
}

const registration entry(
    {"moby/17176", "double lock", verdict::leak, {"cleaner:L remover:L"}, body});

}  // namespace
}  // namespace kernels::moby_17176
