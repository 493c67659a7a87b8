// SPDX-License-Identifier: Apache-2.0
// grpc_1275.cc: a stream is closed while somebody reads from it, and nobody tells the reader.
// Repair: closing puts an end into the reader's buffer.

#include "kernels/kernel.h"

namespace kernels::grpc_1275 {
namespace {

struct stream {
  weft::chan<std::string> buffer = weft::make_chan<std::string>(1);
  bool closed = false;

  std::string read() {
    std::string got;
    weft::select(weft::on_recv(buffer, [&](std::optional<std::string> s) { got = *s; }));
    return got;
  }
};

struct transport {
  weft::mutex mu;
  std::shared_ptr<stream> active = std::make_shared<stream>();

  void close_stream(bool repaired) {
    mu.lock();
    active->closed = true;
    mu.unlock();
    if (repaired) active->buffer.send("EOF");
  }
};

void body(bool repaired) {
  auto t = std::make_shared<transport>();
  auto read = weft::make_chan<void>();
  weft::go({.name = "reader"}, [=] {
    t->active->read();
    read.close();
  });
  weft::sleep_for(1ms);
  t->close_stream(repaired);
  weft::select(weft::on_recv(read), weft::on_recv(weft::after(1s)));
}

const registration entry({"grpc/1275", "channel", verdict::leak, {"reader:Sel"}, body});

}  // namespace
}  // namespace kernels::grpc_1275
