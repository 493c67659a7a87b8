// SPDX-License-Identifier: Apache-2.0
// serving_3148.cc: a fake client calls its reactors, and a test puts another one before them.
// Repair: the test does so before the controller is started.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::serving_3148 {
namespace {

struct fake_client {
  std::vector<std::function<bool(int)>> reactors;

  void prepend(std::function<bool(int)> r) {
    std::vector<std::function<bool(int)>> all{std::move(r)};
    for (auto& each : reactors) all.push_back(each);
    reactors.swap(all);  // race
  }

  void invoke(int action) {
    for (auto& reactor : reactors)  // race
      if (reactor(action)) return;
  }
};

struct controller {
  fake_client& client;
  weft::chan<int> work = weft::make_chan<int>(2);

  void run(weft::wait_group& all) {
    all.go([this] {
      for (int item : work) client.invoke(item);
    });
  }
};

void body(bool repaired) {
  fake_client client;
  client.reactors.emplace_back([](int) { return true; });
  controller c{client};
  weft::wait_group all;
  weft::once hook;
  auto on_update = [&] {
    client.prepend([&](int) {
      hook.call([] {});
      return false;
    });
  };
  if (repaired) on_update();
  c.run(all);
  c.work.send(1);
  if (!repaired) on_update();
  c.work.close();
  all.wait();
}

const registration entry({"serving/3148", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::serving_3148
