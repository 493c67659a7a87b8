// SPDX-License-Identifier: Apache-2.0
// kubernetes_25331.cc: a watch that fails cancels itself and then wants to hand out the error, to a
// reader that has gone because of that. Repair: hand out the error or the end of the context,
// whichever comes.

#include "kernels/kernel.h"

#include <system_error>

namespace kernels::kubernetes_25331 {
namespace {

struct watch_chan {
  weft::chan<std::error_code> result = weft::make_chan<std::error_code>();
  weft::chan<std::error_code> failed = weft::make_chan<std::error_code>(1);
  weft::context ctx;
  weft::cancel_function cancel;

  void run(bool repaired) {
    weft::select(weft::on_recv(failed,
                               [&](std::optional<std::error_code> e) {
                                 cancel();
                                 if (repaired) {
                                   weft::select(weft::on_send(result, *e),
                                                weft::on_recv(ctx.done()));
                                 } else {
                                   result.send(*e);
                                 }
                               }),
                 weft::on_recv(ctx.done()));
  }
};

void body(bool repaired) {
  auto w = std::make_shared<watch_chan>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  w->ctx = ctx;
  w->cancel = cancel;
  weft::go({.name = "run"}, [=] { w->run(repaired); });
  weft::go({.name = "reader"},
           [w] { weft::select(weft::on_recv(w->result), weft::on_recv(w->ctx.done())); });
  w->failed.send(std::make_error_code(std::errc::io_error));
}

const registration entry(
    {"kubernetes/25331", "channel and context", verdict::leak, {"run:S"}, body});

}  // namespace
}  // namespace kernels::kubernetes_25331
