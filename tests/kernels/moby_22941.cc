// SPDX-License-Identifier: Apache-2.0
// moby_22941.cc: a stress test starts a client for each number, and each client has the loop's own
// variable. Repair: a copy.

#include "kernels/kernel.h"

namespace kernels::moby_22941 {
namespace {

struct server {
  weft::mutex mu;
  int requests = 0;

  void handle(int client) {
    mu.lock();
    requests += client >= 0 ? 1 : 0;
    mu.unlock();
  }
};

void body(bool repaired) {
  server s;
  weft::wait_group clients;
  int i = 0;
  while (i < 2) {
    if (repaired) {
      clients.go([&s, i] { s.handle(i); });
    } else {
      clients.go([&] {
        s.handle(i);  // race
      });
    }
    ++i;  // race
  }
  clients.wait();
}

const registration entry({"moby/22941", "captured variable", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::moby_22941
