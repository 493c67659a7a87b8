// SPDX-License-Identifier: Apache-2.0
// serving_2137.cc: a breaker lets one of two requests in. The test lets the first one it has
// started finish, and waits for that; but the second may have come in first. Repair: both may
// finish before any is waited for.

#include "kernels/kernel.h"

namespace kernels::serving_2137 {
namespace {

struct breaker {
  weft::chan<void> pending;
  weft::chan<void> active;

  breaker(std::size_t depth, std::size_t concurrency)
      : pending(weft::make_chan<void>(depth + concurrency)),
        active(weft::make_chan<void>(concurrency)) {}

  template <class F>
  bool maybe(F thunk) {
    bool full = false;
    weft::select(weft::on_send(pending), weft::otherwise([&] { full = true; }));
    if (full) return false;
    active.send();
    thunk();
    active.recv();
    pending.recv();
    return true;
  }
};

struct request {
  weft::mutex held;
  weft::chan<bool> accepted = weft::make_chan<bool>(1);
};

std::shared_ptr<request> start(const std::shared_ptr<breaker>& b, const char* name) {
  auto r = std::make_shared<request>();
  r->held.lock();
  auto started = std::make_shared<weft::wait_group>();
  started->add(1);
  weft::go({.name = name}, [=] {
    started->done();
    bool ok = b->maybe([&] {
      r->held.lock();
      r->held.unlock();
    });
    r->accepted.send(ok);
  });
  started->wait();
  return r;
}

void body(bool repaired) {
  auto b = std::make_shared<breaker>(1, 1);
  auto first = start(b, "first");
  auto second = start(b, "second");
  if (repaired) second->held.unlock();
  for (const auto& r : {first, second}) {
    if (r == first || !repaired) r->held.unlock();
    bool ok = *r->accepted.recv();
    r->accepted.send(ok);
  }
}

const registration entry(
    {"serving/2137", "channel and lock", verdict::deadlock, {"main:R first:S second:L"}, body});

}  // namespace
}  // namespace kernels::serving_2137
