// SPDX-License-Identifier: Apache-2.0
// cockroach_6181.cc: the range cache is printed under its read lock, and the function that makes a
// text of it takes the read lock again; a writer comes in between. Repair: the outer lock is not
// taken.

#include "kernels/kernel.h"

#include <map>

namespace kernels::cockroach_6181 {
namespace {

struct range_cache {
  weft::shared_mutex mu;
  std::map<int, std::string> ranges{{1, "a"}};

  std::string text() {
    mu.lock_shared();
    std::string all;
    for (auto& [id, name] : ranges) all += name;
    mu.unlock_shared();
    return all;
  }

  std::string lookup(bool repaired) {
    if (!repaired) mu.lock_shared();
    std::string trace = "cache: " + text();
    if (!repaired) mu.unlock_shared();
    return trace;
  }

  void evict(int id) {
    mu.lock();
    ranges.erase(id);
    mu.unlock();
  }
};

void body(bool repaired) {
  auto cache = std::make_shared<range_cache>();
  auto both = std::make_shared<weft::wait_group>();
  both->add(2);
  weft::go({.name = "lookup"}, [=] {
    static_cast<void>(cache->lookup(repaired));
    both->done();
  });
  weft::go({.name = "evict"}, [=] {
    cache->evict(1);
    both->done();
  });
  both->wait();
}

const registration entry(
    {"cockroach/6181", "RWR", verdict::deadlock, {"main:W evict:WL lookup:RL"}, body});

}  // namespace
}  // namespace kernels::cockroach_6181
