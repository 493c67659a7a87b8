// SPDX-License-Identifier: Apache-2.0
// istio_16224.cc: the handler of an event tells the test by a channel, with the lock; the test
// takes the lock before it listens. Repair: the test listens first.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::istio_16224 {
namespace {

struct monitor {
  std::vector<std::function<void(int)>> handlers;
  weft::chan<int> events = weft::make_chan<int>();

  void run(const weft::chan<void>& stop) {
    for (bool going = true; going;) {
      weft::select(weft::on_recv(stop, [&](bool) { going = false; }),
                   weft::on_recv(events, [&](std::optional<int> e) {
                     for (auto& handler : handlers) handler(*e);
                   }));
    }
  }
};

struct test_state {
  monitor m;
  weft::mutex lock;
  int seen = 0;
  weft::chan<void> done = weft::make_chan<void>();
};

void body(bool repaired) {
  auto t = std::make_shared<test_state>();
  t->m.handlers.emplace_back([p = t.get()](int) {
    p->lock.lock();
    ++p->seen;
    p->done.send();
    p->lock.unlock();
  });
  auto stop = weft::make_chan<void>();
  weft::go({.name = "monitor"}, [=] { t->m.run(stop); });
  t->m.events.send(1);
  if (repaired) t->done.recv();
  t->lock.lock();
  t->seen = 0;
  t->lock.unlock();
  if (!repaired) t->done.recv();
  stop.close();
}

const registration entry(
    {"istio/16224", "channel and lock", verdict::deadlock, {"main:L monitor:S"}, body});

}  // namespace
}  // namespace kernels::istio_16224
