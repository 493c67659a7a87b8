// SPDX-License-Identifier: Apache-2.0
// channels.cc: Boost.Fiber's two channels. Its buffered one holds a value less than the capacity it
// is given.

#include "rows.h"

#include <memory>
#include <numeric>
#include <vector>

namespace bench {

namespace fibers = boost::fibers;
using unbuffered = fibers::unbuffered_channel<std::int64_t>;
using buffered = fibers::buffered_channel<std::int64_t>;

// One op: a round trip between two fibers over two unbuffered channels.
void ping_pong(ops n) {
  unbuffered ping, pong;
  fibers::fiber echo([&] {
    for (const std::int64_t v : ping) pong.push(v + 1);
  });
  std::int64_t v = 0;
  for (ops i = 0; i < n; ++i) {
    ping.push(v);
    v = pong.value_pop();
  }
  ping.close();
  echo.join();
  expect(v == n, "ping_pong");
}

// One op: a send to a buffered channel (capacity 128) and a receive from it, by the same fiber.
void chan_uncontended(ops n) {
  buffered c(128);
  std::int64_t sum = 0;
  for (ops i = 0; i < n; ++i) {
    c.push(1);
    sum += c.value_pop();
  }
  expect(sum == n, "chan_uncontended");
}

// One op: a message from one sender to one receiver, capacity 128.
void chan_spsc(ops n) {
  buffered c(128);
  fibers::fiber sender([&] {
    for (ops i = 0; i < n; ++i) c.push(1);
    c.close();
  });
  std::int64_t sum = 0;
  for (const std::int64_t v : c) sum += v;
  sender.join();
  expect(sum == n, "chan_spsc");
}

// One op: a message from one of four senders to one of four receivers, capacity 128.
void chan_mpmc(ops n) {
  buffered c(128);
  std::vector<fibers::fiber> senders, receivers;
  std::vector<std::int64_t> sums(4);
  for (std::size_t k = 0; k < 4; ++k) {
    senders.emplace_back([&] {
      for (ops i = 0; i < n / 4; ++i) c.push(1);
    });
    receivers.emplace_back([&c, sum = &sums[k]] {
      std::int64_t total = 0;
      for (const std::int64_t v : c) total += v;
      *sum = total;
    });
  }
  for (auto& sender : senders) sender.join();
  c.close();
  for (auto& receiver : receivers) receiver.join();
  expect(std::accumulate(sums.begin(), sums.end(), std::int64_t{0}) == n / 4 * 4, "chan_mpmc");
}

// One op: an item through 100 fibers, one after the other, over unbuffered channels; the pipeline
// is full.
void pipeline_100(ops n) {
  std::vector<std::unique_ptr<unbuffered>> links;
  for (int link = 0; link <= 100; ++link) links.push_back(std::make_unique<unbuffered>());
  std::vector<fibers::fiber> stages;
  for (std::size_t stage = 0; stage < 100; ++stage) {
    stages.emplace_back([&in = *links[stage], &out = *links[stage + 1]] {
      for (const std::int64_t v : in) out.push(v + 1);
      out.close();
    });
  }
  fibers::fiber source([&] {
    for (ops i = 0; i < n; ++i) links.front()->push(0);
    links.front()->close();
  });
  std::int64_t sum = 0;
  for (const std::int64_t v : *links.back()) sum += v;
  source.join();
  for (auto& stage : stages) stage.join();
  expect(sum == 100 * n, "pipeline_100");
}

}  // namespace bench
