// SPDX-License-Identifier: Apache-2.0
// kubernetes_13058.cc: a test's handler counts an object as gone that another handler has counted
// already, as it was deleted twice. Repair: only what was counted in is counted out.

#include "kernels/kernel.h"

#include <set>

namespace kernels::kubernetes_13058 {
namespace {

struct informer_test {
  weft::wait_group gone;
  weft::mutex mu;
  std::set<int> alive;
  weft::chan<int> deletions = weft::make_chan<int>(3);

  void on_delete(int object) {
    mu.lock();
    bool was_alive = alive.erase(object) != 0;
    mu.unlock();
    if (was_alive || !repaired) gone.done();
  }

  void process() {
    for (int object : deletions) on_delete(object);
  }
  bool repaired = false;
};

void body(bool repaired) {
  informer_test t;
  t.repaired = repaired;
  for (int object : {1, 2}) {
    t.alive.insert(object);
    t.gone.add(1);
  }
  weft::wait_group all;
  all.go([&] { t.process(); });
  // A deletion that was missed is found again when all objects are listed.
  for (int object : {1, 2, 1}) t.deletions.send(object);
  t.deletions.close();
  t.gone.wait();
  all.wait();
}

const registration entry({"kubernetes/13058",
                          "wait group",
                          verdict::panic,
                          {"panic: sync: negative WaitGroup counter"},
                          body});

}  // namespace
}  // namespace kernels::kubernetes_13058
