// SPDX-License-Identifier: Apache-2.0
// kubernetes_13135.cc: the cacher locks itself, then its cache; an event in the cache does it the
// other way round. Repair: the cacher says that it is ready without holding its own lock over the
// listing.

#include "kernels/kernel.h"

#include <functional>

namespace kernels::kubernetes_13135 {
namespace {

struct watch_cache {
  weft::mutex mu;
  std::function<void()> on_replace;
  std::function<void()> on_event;

  void add() {
    mu.lock();
    if (on_event) on_event();
    mu.unlock();
  }
  void replace() {
    mu.lock();
    if (on_replace) on_replace();
    mu.unlock();
  }
};

struct cacher {
  weft::mutex mu;
  weft::wait_group initialized;
  weft::once ready;
  watch_cache cache;
  bool usable = false;
  bool repaired;

  explicit cacher(bool r) : repaired(r) {
    initialized.add(1);
    cache.on_replace = [this] {
      ready.call([this] { initialized.done(); });
      if (!repaired) mu.unlock();  // of start_caching()
    };
    cache.on_event = [this] {
      mu.lock();
      mu.unlock();
    };
  }

  void start_caching() {
    mu.lock();
    usable = false;
    if (repaired) mu.unlock();
    cache.replace();
  }

  void run(const weft::chan<void>& stop, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      bool stopped = false;
      weft::select(weft::on_recv(stop, [&](bool) { stopped = true; }), weft::otherwise([] {}));
      if (stopped) return;
      start_caching();
    }
  }
};

void body(bool repaired) {
  auto stop = weft::make_chan<void>();
  auto c = std::make_shared<cacher>(repaired);
  weft::go({.name = "reflector"}, [=] { c->run(stop, 2); });
  c->initialized.wait();
  weft::go({.name = "event"}, [=] { c->cache.add(); });
  weft::go({.name = "closer"}, [=] { stop.close(); });
}

const registration entry(
    {"kubernetes/13135", "AB-BA", verdict::leak, {"event:L reflector:L"}, body});

}  // namespace
}  // namespace kernels::kubernetes_13135
