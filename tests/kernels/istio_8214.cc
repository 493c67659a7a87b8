// SPDX-License-Identifier: Apache-2.0
// istio_8214.cc: a cache counts its hits atomically, and its statistics are read plainly.
// Repair: loads.

#include "kernels/kernel.h"

#include <atomic>

namespace kernels::istio_8214 {
namespace {

struct lru_cache {
  long hits = 0;
  long evictions = 0;

  void get() { std::atomic_ref(hits).fetch_add(1); }         // race
  void evict() { std::atomic_ref(evictions).fetch_add(1); }  // race

  long stats(bool repaired) {
    if (repaired) return std::atomic_ref(hits).load() + std::atomic_ref(evictions).load();
    return hits          // race
           + evictions;  // race
  }
};

void body(bool repaired) {
  lru_cache cache;
  weft::wait_group users;
  users.go([&] {
    cache.get();
    cache.evict();
  });
  users.go([&] { use(cache.stats(repaired)); });
  users.wait();
}

const registration entry({"istio/8214", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::istio_8214
