// SPDX-License-Identifier: Apache-2.0
// serving_3068.cc: work is given to a pool by a send to a channel, which waiting for the pool
// closes. Repair: work is given in a way that waits, too, for its being given.

#include "kernels/kernel.h"

namespace kernels::serving_3068 {
namespace {

struct pool {
  weft::chan<int> work = weft::make_chan<int>(2);
  weft::wait_group workers;
  weft::once closing;
  weft::atomic<int> done{0};

  explicit pool(int n) {
    for (int i = 0; i < n; ++i)
      workers.go([this] {
        for (int item : work) done += item;
      });
  }
  void go(int item) {
    work.send(item);  // race
  }
  void wait() {
    closing.call([this] {
      work.close();  // race
    });
    workers.wait();
  }
};

void body(bool repaired) {
  pool p(1);
  weft::wait_group givers;
  givers.go([&] { p.go(1); });
  if (repaired) givers.wait();
  p.wait();
  givers.wait();
}

const registration entry({"serving/3068", "channel misuse", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::serving_3068
