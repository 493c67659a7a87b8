// SPDX-License-Identifier: Apache-2.0
// serving_6472.cc: what is to be probed is put into the queue before the number of probes that are
// pending is set, which the workers count down. Repair: the number is set first.

#include "kernels/kernel.h"

#include <atomic>
#include <map>
#include <mutex>

namespace kernels::serving_6472 {
namespace {

struct ingress_state {
  int pending = 0;
};

struct prober {
  weft::mutex mu;
  weft::condition_variable cv;
  std::vector<std::shared_ptr<ingress_state>> queue;
  std::map<int, std::shared_ptr<ingress_state>> states;
  weft::chan<void> ready = weft::make_chan<void>(1);

  void is_ready(int ingress, bool repaired) {
    auto state = std::make_shared<ingress_state>();
    if (repaired) state->pending = 2;
    for (int pod = 0; pod < 2; ++pod) {
      std::scoped_lock hold(mu);
      states[ingress] = state;
      queue.push_back(state);
      cv.notify_one();
    }
    if (!repaired) state->pending = 2;  // race
  }

  void process_one() {
    std::unique_lock hold(mu);
    cv.wait(hold, [&] { return !queue.empty(); });
    auto state = queue.back();
    queue.pop_back();
    hold.unlock();
    if (std::atomic_ref(state->pending).fetch_sub(1) == 1) ready.send();  // race
  }
};

void body(bool repaired) {
  prober p;
  weft::wait_group workers;
  for (int i = 0; i < 2; ++i) workers.go([&] { p.process_one(); });
  p.is_ready(1, repaired);
  workers.wait();
}

const registration entry({"serving/6472", "order violation", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::serving_6472
