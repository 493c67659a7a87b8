// SPDX-License-Identifier: Apache-2.0
// grpc_1748.cc: a test restores the least time to connect, a global, while a transport that is
// being reset still reads it. Repair: the test ends when the connection has.

#include "kernels/kernel.h"

namespace kernels::grpc_1748 {
namespace {

std::chrono::milliseconds g_min_connect_timeout = 20ms;

struct addr_conn {
  weft::mutex mu;
  bool connected = false;

  void reset_transport() {
    mu.lock();
    std::chrono::milliseconds deadline = g_min_connect_timeout;  // race
    connected = deadline > 0ms;
    mu.unlock();
  }
};

void body(bool repaired) {
  g_min_connect_timeout = 20ms;
  addr_conn ac;
  weft::wait_group transports;
  transports.go([&] { ac.reset_transport(); });
  if (repaired) transports.wait();
  g_min_connect_timeout = 500ms;  // race
  if (!repaired) transports.wait();
}

const registration entry({"grpc/1748", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::grpc_1748
