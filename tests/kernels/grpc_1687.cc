// SPDX-License-Identifier: Apache-2.0
// grpc_1687.cc: a server's handler writes to the channel of its transport, which another goroutine
// closes when the status has been written. Repair: the channel is not closed; who writes looks
// whether all has ended.

#include "kernels/kernel.h"

namespace kernels::grpc_1687 {
namespace {

struct handler_transport {
  weft::chan<int> writes = weft::make_chan<int>();
  weft::chan<void> closed = weft::make_chan<void>();
  int written = 0;

  bool write(int part) {
    return weft::select(weft::on_send(writes, part), weft::on_recv(closed)) == 0;
  }

  void write_status(bool repaired) {
    write(0);
    if (repaired) {
      closed.close();
    } else {
      writes.close();
    }
  }

  void run_stream() {
    for (bool going = true; going;) {
      weft::select(weft::on_recv(writes,
                                 [&](std::optional<int> part) {
                                   going = part.has_value();
                                   written += going ? 1 : 0;
                                 }),
                   weft::on_recv(closed, [&](bool) { going = false; }));
    }
  }
};

void body(bool repaired) {
  handler_transport t;
  weft::wait_group all;
  all.go([&] { t.run_stream(); });
  t.write_status(repaired);
  // The handler goes on when the status has been written.
  static_cast<void>(t.write(1));
  all.wait();
}

const registration entry(
    {"grpc/1687", "channel misuse", verdict::panic, {"panic: send on closed channel"}, body});

}  // namespace
}  // namespace kernels::grpc_1687
