// SPDX-License-Identifier: Apache-2.0
// grpc_3090.cc: a resolver reports its state while it is being built, to a wrapper whose field for
// the resolver is stored only when it has been. Repair: the field is guarded.

#include "kernels/kernel.h"

namespace kernels::grpc_3090 {
namespace {

struct resolver {
  int resolved = 0;
  void resolve_now() { ++resolved; }
};

struct resolver_wrapper {
  weft::mutex mu;
  resolver* found = nullptr;

  void poll(bool repaired) {
    if (repaired) mu.lock();
    resolver* r = found;  // race
    if (r != nullptr) r->resolve_now();
    if (repaired) mu.unlock();
  }
};

// Starts to report before it returns.
resolver* build(resolver& made, resolver_wrapper& w, weft::wait_group& reports, bool repaired) {
  reports.go([&w, repaired] { w.poll(repaired); });
  return &made;
}

void body(bool repaired) {
  resolver made;
  auto wrapper = std::make_unique<resolver_wrapper>();
  resolver_wrapper& w = *wrapper;
  weft::wait_group reports;
  if (repaired) w.mu.lock();
  w.found = build(made, w, reports, repaired);  // race
  if (repaired) w.mu.unlock();
  reports.wait();
}

const registration entry({"grpc/3090", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::grpc_3090
