// SPDX-License-Identifier: Apache-2.0
// cockroach_7504.cc: a lease is acquired by name (names, then lease) and released (lease, then
// names). Repair: the release takes it from the name cache when it has given back the lease.

#include "kernels/kernel.h"

#include <map>

namespace kernels::cockroach_7504 {
namespace {

struct lease {
  weft::mutex mu;
  int id = 0;
  bool expired = false;
};

using lease_ptr = std::shared_ptr<lease>;

struct name_cache {
  weft::mutex mu;
  std::map<int, lease_ptr> tables;

  void get(int id) {
    mu.lock();
    if (auto found = tables.find(id); found != tables.end()) {
      lease_ptr l = found->second;
      l->mu.lock();
      l->expired = false;
      l->mu.unlock();
    }
    mu.unlock();
  }

  void remove(const lease_ptr& l) {
    mu.lock();
    if (auto found = tables.find(l->id); found != tables.end() && found->second == l)
      tables.erase(found);
    mu.unlock();
  }
};

struct table_state {
  weft::mutex mu;
  std::vector<lease_ptr> active;

  void release(name_cache& names, const lease_ptr& l, bool repaired) {
    mu.lock();
    l->mu.lock();
    l->expired = true;
    std::erase(active, l);
    if (repaired) l->mu.unlock();
    names.remove(l);
    if (!repaired) l->mu.unlock();
    mu.unlock();
  }
};

struct lease_manager {
  name_cache names;
  table_state table;
};

void body(bool repaired) {
  auto m = std::make_shared<lease_manager>();
  for (int id : {0, 1}) {
    auto l = std::make_shared<lease>();
    l->id = id;
    m->table.active.push_back(l);
    m->names.tables[id] = l;
  }
  lease_ptr first = m->table.active.front();
  weft::go({.name = "acquire"}, [=] { m->names.get(0); });
  weft::go({.name = "release"}, [=] { m->table.release(m->names, first, repaired); });
}

const registration entry({"cockroach/7504", "AB-BA", verdict::leak, {"acquire:L release:L"}, body});

}  // namespace
}  // namespace kernels::cockroach_7504
