// SPDX-License-Identifier: Apache-2.0
// kubernetes_77796.cc: events are dispatched by two goroutines, each of which resets the cacher's
// buffer of watchers. Repair: the buffer is guarded.

#include "kernels/kernel.h"

namespace kernels::kubernetes_77796 {
namespace {

struct cacher {
  weft::shared_mutex mu;
  weft::mutex dispatching;
  int watchers = 3;
  int buffered = 0;

  void start_dispatching() {
    mu.lock();
    int n = watchers;
    mu.unlock();
    buffered = n;  // race
  }

  int dispatch(bool repaired) {
    if (repaired) dispatching.lock();
    start_dispatching();
    int sent = buffered;  // race
    if (repaired) dispatching.unlock();
    return sent;
  }
};

void body(bool repaired) {
  cacher c;
  weft::wait_group dispatchers;
  for (int i = 0; i < 2; ++i) dispatchers.go([&] { use(c.dispatch(repaired)); });
  dispatchers.wait();
}

const registration entry({"kubernetes/77796", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::kubernetes_77796
