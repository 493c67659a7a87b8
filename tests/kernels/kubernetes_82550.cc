// SPDX-License-Identifier: Apache-2.0
// kubernetes_82550.cc: the provider of credentials is made by whoever first finds that there is
// none. Repair: once.

#include "kernels/kernel.h"

namespace kernels::kubernetes_82550 {
namespace {

struct lazy_provider {
  weft::once made;
  int region = 0;

  int provide(bool repaired) {
    if (repaired) {
      made.call([&] { region = 7; });
      return region;
    }
    if (region == 0)  // race
      region = 7;     // race
    return region;
  }
};

void body(bool repaired) {
  lazy_provider p;
  weft::wait_group pulls;
  for (int i = 0; i < 2; ++i) pulls.go([&] { use(p.provide(repaired)); });
  pulls.wait();
}

const registration entry({"kubernetes/82550", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_82550
