// SPDX-License-Identifier: Apache-2.0
// cockroach_13755.cc: the rows of a query come with a goroutine that waits for the end of their
// context, and the one who asked does not close them. Repair: close, which cancels.

#include "kernels/kernel.h"

namespace kernels::cockroach_13755 {
namespace {

struct rows {
  weft::cancel_function cancel;
  weft::mutex mu;
  bool closed = false;

  void shut() {
    mu.lock();
    closed = true;
    mu.unlock();
  }
  void close() {
    shut();
    cancel();
  }
};

std::shared_ptr<rows> query() {
  auto r = std::make_shared<rows>();
  auto [ctx, cancel] = weft::with_cancel(weft::background());
  r->cancel = cancel;
  weft::go({.name = "await_done"}, [r, ctx] {
    ctx.done().recv();
    r->shut();
  });
  return r;
}

void body(bool repaired) {
  auto r = query();
  if (repaired) r->close();
}

const registration entry(
    {"cockroach/13755", "channel and context", verdict::leak, {"await_done:R"}, body});

}  // namespace
}  // namespace kernels::cockroach_13755
