// SPDX-License-Identifier: Apache-2.0
// kubernetes_70892.cc: nodes are scored by workers in parallel; each of them puts a fresh list into
// the same outer variable before it fills its own place of it. Repair: the list is made before they
// begin.

#include "kernels/kernel.h"

namespace kernels::kubernetes_70892 {
namespace {

template <class F>
void parallelize_until(const weft::context& ctx, int workers, int pieces, F piece) {
  auto to_do = weft::make_chan<int>(static_cast<std::size_t>(pieces));
  for (int i = 0; i < pieces; ++i) to_do.send(i);
  to_do.close();
  weft::wait_group all;
  for (int w = 0; w < workers; ++w)
    all.go([&] {
      for (int i : to_do) {
        bool stop = false;
        weft::select(weft::on_recv(ctx.done(), [&](bool) { stop = true; }), weft::otherwise([] {}));
        if (stop) return;
        piece(i);
      }
    });
  all.wait();
}

struct scores {
  int list = 0;  // which one
};

void body(bool repaired) {
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  scores results;
  int filled[2] = {};
  if (repaired) results.list = 1;
  parallelize_until(ctx, 2, 2, [&](int node) {
    if (!repaired) results.list = 1;   // race
    filled[node] = results.list * 10;  // race
  });
  cancel();
}

const registration entry({"kubernetes/70892", "captured variable", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_70892
