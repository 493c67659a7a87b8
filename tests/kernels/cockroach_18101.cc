// SPDX-License-Identifier: Apache-2.0
// cockroach_18101.cc: a restore that is cancelled stops reading what is ready for import, and the
// goroutine that splits goes on sending. Repair: the sender looks at the context, too.

#include "kernels/kernel.h"

namespace kernels::cockroach_18101 {
namespace {

constexpr int k_room = 2;

void split_and_scatter(const weft::context& ctx, const weft::chan<int>& ready, bool repaired) {
  for (int span = 0; span < k_room + 2; ++span) {
    if (!repaired) {
      ready.send(span);
    } else if (weft::select(weft::on_send(ready, span), weft::on_recv(ctx.done())) == 1) {
      return;
    }
  }
}

int restore(const weft::context& ctx, bool repaired) {
  auto ready = weft::make_chan<int>(k_room);
  weft::go({.name = "split"}, [=] {
    split_and_scatter(ctx, ready, repaired);
    ready.close();
  });
  int imported = 0;
  for (int span : ready) {
    bool cancelled = false;
    weft::select(weft::on_recv(ctx.done(), [&](bool) { cancelled = true; }),
                 weft::otherwise([] {}));
    if (cancelled) return imported;
    imported += span;
  }
  return imported;
}

void body(bool repaired) {
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  weft::go({.name = "cancel"}, [cancel] { cancel(); });
  restore(ctx, repaired);
}

const registration entry(
    {"cockroach/18101", "channel and context", verdict::leak, {"split:S"}, body});

}  // namespace
}  // namespace kernels::cockroach_18101
