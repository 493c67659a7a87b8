// SPDX-License-Identifier: Apache-2.0
// etcd_8194.cc: a test changes how many leases are revoked at once while the lessor's loop is
// running. Repair: it does so before the loop is started.

#include "kernels/kernel.h"

namespace kernels::etcd_8194 {
namespace {

int g_revoke_rate = 1000;

struct lessor {
  weft::mutex mu;
  weft::chan<void> stop_chan = weft::make_chan<void>();
  weft::chan<void> done = weft::make_chan<void>();
  int leases = 5;

  void run_loop() {
    for (bool going = true; going;) {
      mu.lock();
      int most = g_revoke_rate / 2;  // race
      if (leases > most) leases = most;
      mu.unlock();
      weft::select(weft::on_recv(weft::after(500ms)),
                   weft::on_recv(stop_chan, [&](bool) { going = false; }));
    }
    done.close();
  }
  void stop() {
    stop_chan.close();
    done.recv();
  }
};

void body(bool repaired) {
  g_revoke_rate = 1000;
  lessor le;
  if (repaired) g_revoke_rate = 10;
  weft::wait_group loops;
  loops.go([&] { le.run_loop(); });
  if (!repaired) g_revoke_rate = 10;  // race
  le.stop();
  loops.wait();
}

const registration entry({"etcd/8194", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::etcd_8194
