// SPDX-License-Identifier: Apache-2.0
// grpc_1460.cc: keepalive waits, with the lock, to be awakened by the first stream; the stream
// needs the lock to do so. Repair: it waits without.

#include "kernels/kernel.h"

namespace kernels::grpc_1460 {
namespace {

struct http2_client {
  weft::mutex mu;
  weft::chan<void> awaken = weft::make_chan<void>(1);
  std::vector<int> streams;

  void keepalive(bool repaired) {
    mu.lock();
    if (streams.empty()) {
      if (repaired) mu.unlock();
      awaken.recv();
      if (!repaired) mu.unlock();
    } else {
      mu.unlock();
    }
  }

  void new_stream() {
    mu.lock();
    streams.push_back(1);
    if (streams.size() == 1) weft::select(weft::on_send(awaken), weft::otherwise([] {}));
    mu.unlock();
  }
};

void body(bool repaired) {
  auto client = std::make_shared<http2_client>();
  weft::go({.name = "keepalive"}, [=] { client->keepalive(repaired); });
  weft::go({.name = "stream"}, [=] { client->new_stream(); });
}

const registration entry(
    {"grpc/1460", "channel and lock", verdict::leak, {"keepalive:R stream:L"}, body});

}  // namespace
}  // namespace kernels::grpc_1460
