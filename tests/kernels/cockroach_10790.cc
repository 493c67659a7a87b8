// SPDX-License-Identifier: Apache-2.0
// cockroach_10790.cc: a replica that is told to give up begins to drain the channels of the
// commands before it, of which some have been received from already, and whose senders have given
// up as well. Repair: the drain ends with the context, too.

#include "kernels/kernel.h"

namespace kernels::cockroach_10790 {
namespace {

struct replica {
  std::vector<weft::chan<bool>> chans{weft::make_chan<bool>(), weft::make_chan<bool>()};

  void begin_commands(const weft::context& ctx, const std::shared_ptr<replica>& self,
                      bool repaired) {
    for (auto& c : chans) {
      bool done = false;
      weft::select(weft::on_recv(c), weft::on_recv(ctx.done(), [&](bool) { done = true; }));
      if (!done) continue;
      weft::go({.name = "drain"}, [=] {
        for (auto& rest : self->chans) {
          if (repaired) {
            weft::select(weft::on_recv(rest), weft::on_recv(ctx.done()));
          } else {
            rest.recv();
          }
        }
      });
      return;
    }
  }

  void send(const weft::context& ctx) {
    for (auto& c : chans)
      if (weft::select(weft::on_send(c, true), weft::on_recv(ctx.done())) == 1) return;
  }
};

void body(bool repaired) {
  auto r = std::make_shared<replica>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  weft::go({.name = "sender"}, [r, ctx] { r->send(ctx); });
  weft::go({.name = "begin"}, [=] { r->begin_commands(ctx, r, repaired); });
  weft::go({.name = "cancel"}, [cancel] { cancel(); });
}

const registration entry(
    {"cockroach/10790", "channel and context", verdict::leak, {"drain:R"}, body});

}  // namespace
}  // namespace kernels::cockroach_10790
