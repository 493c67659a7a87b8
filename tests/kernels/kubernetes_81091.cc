// SPDX-License-Identifier: Apache-2.0
// kubernetes_81091.cc: a filter plugin of a test counts its calls, and is called by many workers.
// Repair: the counter is atomic.

#include "kernels/kernel.h"

namespace kernels::kubernetes_81091 {
namespace {

struct filter_plugin {
  int called = 0;
  weft::atomic<int> counted{0};

  void filter(bool repaired) {
    if (repaired) {
      ++counted;
    } else {
      ++called;  // race
    }
  }
};

template <class F>
void parallelize(int workers, int pieces, F piece) {
  auto to_do = weft::make_chan<int>(static_cast<std::size_t>(pieces));
  for (int i = 0; i < pieces; ++i) to_do.send(i);
  to_do.close();
  weft::wait_group all;
  for (int w = 0; w < workers; ++w)
    all.go([&] {
      for (int i : to_do) piece(i);
    });
  all.wait();
}

void body(bool repaired) {
  filter_plugin plugin;
  parallelize(2, 3, [&](int) { plugin.filter(repaired); });
}

const registration entry({"kubernetes/81091", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_81091
