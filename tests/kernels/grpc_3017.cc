// SPDX-License-Identifier: Apache-2.0
// grpc_3017.cc: a timer that is stopped too late finds that it must not delete, and returns with
// the lock. Repair: it gives the lock back on that way, too.

#include "kernels/kernel.h"

#include <map>

namespace kernels::grpc_3017 {
namespace {

struct cached {
  int connection;
  bool abort_deleting = false;
  weft::timer deletion;
};

struct connection_cache {
  weft::mutex mu;
  bool repaired;
  std::map<int, std::shared_ptr<cached>> cache;  // by address
  std::map<int, int> addresses;                  // by connection

  explicit connection_cache(bool r) : repaired(r) {}

  int add(int address) {
    mu.lock();
    if (auto found = cache.find(address); found != cache.end()) {
      std::shared_ptr<cached> e = found->second;
      if (!e->deletion.stop()) e->abort_deleting = true;
      cache.erase(found);
      mu.unlock();
      return e->connection;
    }
    addresses[1] = address;
    mu.unlock();
    return 1;
  }

  void remove(const std::shared_ptr<connection_cache>& self, int connection) {
    mu.lock();
    auto known = addresses.find(connection);
    if (known == addresses.end() || cache.contains(known->second)) {
      mu.unlock();
      return;
    }
    int address = known->second;
    auto e = std::make_shared<cached>();
    e->connection = connection;
    cache[address] = e;
    e->deletion = weft::after_func(1ms, [self, e, address] { self->expire(*e, address); });
    mu.unlock();
  }

  void expire(cached& e, int address) {
    mu.lock();
    if (e.abort_deleting) {
      if (repaired) mu.unlock();
      return;
    }
    addresses.erase(e.connection);
    cache.erase(address);
    mu.unlock();
  }
};

void body(bool repaired) {
  auto c = std::make_shared<connection_cache>(repaired);
  auto done = weft::make_chan<void>();
  int connection = c->add(7);
  weft::go({.name = "resolver"}, [=]() mutable {
    for (int i = 0; i < 2; ++i) {
      c->remove(c, connection);
      weft::sleep_for(1ms);
      connection = c->add(7);
    }
    done.close();
  });
  done.recv();
}

const registration entry({"grpc/3017",
                          "double lock",
                          verdict::deadlock,
                          {"main:R resolver:L", "main:R resolver:L g3:L"},
                          body});

}  // namespace
}  // namespace kernels::grpc_3017
