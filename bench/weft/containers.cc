// SPDX-License-Identifier: Apache-2.0
// containers.cc: weft's lock-free containers, pool and singleflight.

#include "rows.h"

#include <weft/weft.h>

#include <string>
#include <vector>

namespace bench {
namespace {

constexpr int k_workers = 4;

// n operations, shared by the workers: body(share, worker).
template <class F>
void share(ops n, F body) {
  weft::wait_group wg;
  for (int k = 0; k < k_workers; ++k) wg.go([=, &body] { body(n / k_workers, k); });
  wg.wait();
}

template <class Container>
void push_and_pop(ops n) {
  Container c;
  share(n, [&c](ops own, int) {
    ops popped = 0;
    for (ops i = 0; i < own; ++i) {
      c.push(i);
      popped += c.pop().has_value() ? 1 : 0;
    }
    expect(popped == own, "push and pop");
  });
}

}  // namespace

// One op: a push and a pop by any of four goroutines.
void lockfree_stack(ops n) { push_and_pop<weft::lockfree::stack<ops>>(n); }
void lockfree_queue(ops n) { push_and_pop<weft::lockfree::queue<ops>>(n); }

// One op: any of four goroutines takes a buffer of 1 KiB, writes a byte, and gives it back.
void pool(ops n) {
  weft::pool buffers([] { return std::make_unique<std::vector<char>>(1024); });
  share(n, [&buffers](ops own, int worker) {
    for (ops i = 0; i < own; ++i) {
      auto buffer = buffers.get();
      (*buffer)[0] = static_cast<char>(worker);
      expect((*buffer)[0] == static_cast<char>(worker), "pool");
      buffers.put(std::move(buffer));
    }
  });
}

// One op: a call by any of four goroutines, of a function that adds, all for the same key.
void singleflight(ops n) {
  weft::singleflight<std::string, ops> flights;
  const std::string key = "key";
  ops ran = 0;
  share(n, [&](ops own, int) {
    for (ops i = 0; i < own; ++i) expect(flights.call(key, [&] { return ++ran; }) > 0, "call");
  });
  expect(ran <= n, "singleflight");
}

}  // namespace bench
