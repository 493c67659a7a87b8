// SPDX-License-Identifier: Apache-2.0
// channels.cc: channels and select.

#include "rows.h"

#include <weft/weft.h>

#include <cstdint>
#include <numeric>
#include <optional>
#include <vector>

namespace bench {

using int_chan = weft::chan<std::int64_t>;

// One op: a round trip between two goroutines over two unbuffered channels.
void ping_pong(ops n) {
  const int_chan ping = weft::make_chan<std::int64_t>();
  const int_chan pong = weft::make_chan<std::int64_t>();
  weft::go([=] {
    for (const std::int64_t v : ping) pong.send(v + 1);
  });
  std::int64_t v = 0;
  for (ops i = 0; i < n; ++i) {
    ping.send(v);
    v = *pong.recv();
  }
  ping.close();
  expect(v == n, "ping_pong");
}

// One op: a send to a buffered channel (capacity 128) and a receive from it, by the same goroutine.
void chan_uncontended(ops n) {
  const int_chan c = weft::make_chan<std::int64_t>(128);
  std::int64_t sum = 0;
  for (ops i = 0; i < n; ++i) {
    c.send(1);
    sum += *c.recv();
  }
  expect(sum == n, "chan_uncontended");
}

// One op: a message from one sender to one receiver, capacity 128.
void chan_spsc(ops n) {
  const int_chan c = weft::make_chan<std::int64_t>(128);
  weft::go([=] {
    for (ops i = 0; i < n; ++i) c.send(1);
    c.close();
  });
  std::int64_t sum = 0;
  for (const std::int64_t v : c) sum += v;
  expect(sum == n, "chan_spsc");
}

// One op: a message from one of four senders to one of four receivers, capacity 128.
void chan_mpmc(ops n) {
  const int_chan c = weft::make_chan<std::int64_t>(128);
  weft::wait_group senders, receivers;
  senders.add(4);
  receivers.add(4);
  std::vector<std::int64_t> sums(4);
  for (std::int64_t& sum : sums) {
    weft::go([&senders, c, n] {
      for (ops i = 0; i < n / 4; ++i) c.send(1);
      senders.done();
    });
    weft::go([&receivers, &sum, c] {
      std::int64_t total = 0;
      for (const std::int64_t v : c) total += v;
      sum = total;
      receivers.done();
    });
  }
  senders.wait();
  c.close();
  receivers.wait();
  expect(std::accumulate(sums.begin(), sums.end(), std::int64_t{0}) == n / 4 * 4, "chan_mpmc");
}

// One op: a send that fills one of two channels (capacity 1, in turns), then a select of a receive
// from either and a default, which takes that value.
void select_ready(ops n) {
  const int_chan a = weft::make_chan<std::int64_t>(1);
  const int_chan b = weft::make_chan<std::int64_t>(1);
  std::int64_t sum = 0;
  const auto add = [&](std::optional<std::int64_t> v) { sum += *v; };
  for (ops i = 0; i < n; ++i) {
    if (i % 2 == 0) {
      a.send(1);
    } else {
      b.send(1);
    }
    weft::select(weft::on_recv(a, add), weft::on_recv(b, add), weft::otherwise([] {}));
  }
  expect(sum == n, "select_ready");
}

// One op: a round trip as in ping_pong, every send and receive in a select beside a receive from a
// channel on which nothing comes.
void select_ping_pong(ops n) {
  const int_chan ping = weft::make_chan<std::int64_t>();
  const int_chan pong = weft::make_chan<std::int64_t>();
  const int_chan never = weft::make_chan<std::int64_t>();
  weft::go([=] {
    std::int64_t v = 0;
    const auto keep = [&](std::optional<std::int64_t> received) { v = *received; };
    for (ops i = 0; i < n; ++i) {
      weft::select(weft::on_recv(ping, keep), weft::on_recv(never));
      weft::select(weft::on_send(pong, v + 1), weft::on_recv(never));
    }
  });
  std::int64_t v = 0;
  const auto keep = [&](std::optional<std::int64_t> received) { v = *received; };
  for (ops i = 0; i < n; ++i) {
    weft::select(weft::on_send(ping, v), weft::on_recv(never));
    weft::select(weft::on_recv(pong, keep), weft::on_recv(never));
  }
  expect(v == n, "select_ping_pong");
}

// One op: an item through 100 goroutines, one after the other, over unbuffered channels; the
// pipeline is full.
void pipeline_100(ops n) {
  const int_chan source = weft::make_chan<std::int64_t>();
  int_chan sink = source;
  for (int stage = 0; stage < 100; ++stage) {
    const int_chan out = weft::make_chan<std::int64_t>();
    weft::go([in = sink, out] {
      for (const std::int64_t v : in) out.send(v + 1);
      out.close();
    });
    sink = out;
  }
  weft::go([=] {
    for (ops i = 0; i < n; ++i) source.send(0);
    source.close();
  });
  std::int64_t sum = 0;
  for (const std::int64_t v : sink) sum += v;
  expect(sum == 100 * n, "pipeline_100");
}

}  // namespace bench
