// SPDX-License-Identifier: Apache-2.0
// channels.cc: channels of channel.h between threads.

#include "channel.h"
#include "rows.h"

#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace bench {

using int_channel = channel<std::int64_t>;

// One op: a round trip between two threads over two unbuffered channels.
void ping_pong(ops n) {
  int_channel ping, pong;
  std::thread echo([&] {
    while (auto v = ping.receive()) pong.send(*v + 1);
  });
  std::int64_t v = 0;
  for (ops i = 0; i < n; ++i) {
    ping.send(v);
    v = *pong.receive();
  }
  ping.close();
  echo.join();
  expect(v == n, "ping_pong");
}

// One op: a send to a buffered channel (capacity 128) and a receive from it, by the same thread.
void chan_uncontended(ops n) {
  int_channel c(128);
  std::int64_t sum = 0;
  for (ops i = 0; i < n; ++i) {
    c.send(1);
    sum += *c.receive();
  }
  expect(sum == n, "chan_uncontended");
}

// One op: a message from one sender to one receiver, capacity 128.
void chan_spsc(ops n) {
  int_channel c(128);
  std::thread sender([&] {
    for (ops i = 0; i < n; ++i) c.send(1);
    c.close();
  });
  std::int64_t sum = 0;
  while (auto v = c.receive()) sum += *v;
  sender.join();
  expect(sum == n, "chan_spsc");
}

// One op: a message from one of four senders to one of four receivers, capacity 128.
void chan_mpmc(ops n) {
  int_channel c(128);
  std::vector<std::thread> senders, receivers;
  std::vector<std::int64_t> sums(4);
  for (std::size_t k = 0; k < 4; ++k) {
    senders.emplace_back([&] {
      for (ops i = 0; i < n / 4; ++i) c.send(1);
    });
    receivers.emplace_back([&c, sum = &sums[k]] {
      std::int64_t total = 0;
      while (auto v = c.receive()) total += *v;
      *sum = total;
    });
  }
  for (auto& sender : senders) sender.join();
  c.close();
  for (auto& receiver : receivers) receiver.join();
  expect(std::accumulate(sums.begin(), sums.end(), std::int64_t{0}) == n / 4 * 4, "chan_mpmc");
}

// One op: an item through 100 threads, one after the other, over unbuffered channels; the pipeline
// is full.
void pipeline_100(ops n) {
  std::vector<std::unique_ptr<int_channel>> links;
  for (int link = 0; link <= 100; ++link) links.push_back(std::make_unique<int_channel>());
  std::vector<std::thread> stages;
  for (std::size_t stage = 0; stage < 100; ++stage) {
    stages.emplace_back([&in = *links[stage], &out = *links[stage + 1]] {
      while (auto v = in.receive()) out.send(*v + 1);
      out.close();
    });
  }
  std::thread source([&] {
    for (ops i = 0; i < n; ++i) links.front()->send(0);
    links.front()->close();
  });
  std::int64_t sum = 0;
  while (auto v = links.back()->receive()) sum += *v;
  source.join();
  for (auto& stage : stages) stage.join();
  expect(sum == 100 * n, "pipeline_100");
}

}  // namespace bench
