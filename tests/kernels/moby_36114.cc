// SPDX-License-Identifier: Apache-2.0
// moby_36114.cc: disks are added to a virtual machine under its lock, by a function that locks it
// itself. Repair: the inner one expects the lock to be held.

#include "kernels/kernel.h"

namespace kernels::moby_36114 {
namespace {

struct service_vm {
  weft::mutex mu;
  std::vector<int> attached;

  void add_at_start(int disk, bool repaired) {
    if (!repaired) mu.lock();
    attached.push_back(disk);
    if (!repaired) mu.unlock();
  }

  void add(bool repaired) {
    mu.lock();
    add_at_start(1, repaired);
    mu.unlock();
  }
};

void body(bool repaired) {
  auto vm = std::make_shared<service_vm>();
  weft::go({.name = "starter"}, [=] { vm->add(repaired); });
}

const registration entry({"moby/36114", "double lock", verdict::leak, {"starter:L"}, body});

}  // namespace
}  // namespace kernels::moby_36114
