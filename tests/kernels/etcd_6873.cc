// SPDX-License-Identifier: Apache-2.0
// etcd_6873.cc: broadcasts are stopped under the lock, waiting for their loop to end; the loop,
// which has an update in hand, wants the lock to merge it. Repair: wait without the lock.

#include "kernels/kernel.h"

namespace kernels::etcd_6873 {
namespace {

struct broadcasts {
  weft::mutex mu;
  weft::chan<int> updates = weft::make_chan<int>(1);
  weft::chan<void> done = weft::make_chan<void>();
  std::vector<int> merged;

  void loop() {
    for (int update : updates) {
      mu.lock();
      merged.push_back(update);
      mu.unlock();
    }
    done.close();
  }

  void update(int u) {
    weft::select(weft::on_send(updates, u), weft::otherwise([] {}));
  }

  void stop(bool repaired) {
    mu.lock();
    updates.close();
    if (repaired) mu.unlock();
    done.recv();
    if (!repaired) mu.unlock();
  }
};

void body(bool repaired) {
  auto b = std::make_shared<broadcasts>();
  weft::go({.name = "loop"}, [=] { b->loop(); });
  b->update(1);
  weft::go({.name = "stop"}, [=] { b->stop(repaired); });
}

const registration entry({"etcd/6873", "channel and lock", verdict::leak, {"loop:L stop:R"}, body});

}  // namespace
}  // namespace kernels::etcd_6873
