// SPDX-License-Identifier: Apache-2.0
// containers.cc: containers of the standard library under a std::mutex.

#include "rows.h"

#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <stack>
#include <thread>
#include <vector>

namespace bench {
namespace {

constexpr int k_workers = 4;

template <class F>
void share(ops n, F body) {
  std::vector<std::thread> threads;
  for (int k = 0; k < k_workers; ++k) threads.emplace_back([=, &body] { body(n / k_workers, k); });
  for (auto& t : threads) t.join();
}

template <class Container>
struct locked {
  std::mutex mutex;
  Container container;
  void push(ops value) {
    std::scoped_lock hold(mutex);
    container.push(value);
  }
  std::optional<ops> pop() {
    std::scoped_lock hold(mutex);
    if (container.empty()) return std::nullopt;
    ops value = 0;
    if constexpr (requires { container.front(); }) {
      value = container.front();
    } else {
      value = container.top();
    }
    container.pop();
    return value;
  }
};

template <class Container>
void push_and_pop(ops n) {
  locked<Container> c;
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

void lockfree_stack(ops n) { push_and_pop<std::stack<ops>>(n); }
void lockfree_queue(ops n) { push_and_pop<std::queue<ops>>(n); }

void pool(ops n) {
  std::mutex mutex;
  std::vector<std::unique_ptr<std::vector<char>>> buffers;
  share(n, [&](ops own, int worker) {
    for (ops i = 0; i < own; ++i) {
      std::unique_ptr<std::vector<char>> buffer;
      {
        std::scoped_lock hold(mutex);
        if (!buffers.empty()) {
          buffer = std::move(buffers.back());
          buffers.pop_back();
        }
      }
      if (buffer == nullptr) buffer = std::make_unique<std::vector<char>>(1024);
      (*buffer)[0] = static_cast<char>(worker);
      expect((*buffer)[0] == static_cast<char>(worker), "pool");
      std::scoped_lock hold(mutex);
      buffers.push_back(std::move(buffer));
    }
  });
}

}  // namespace bench
