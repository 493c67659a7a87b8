// SPDX-License-Identifier: Apache-2.0
// cockroach_35931.cc: a flow that is cancelled tells each of its inbound streams so by a send, with
// the registry locked; the channel of one is full, and its reader waits for the other. Repair: the
// streams are told in goroutines of their own.

#include "kernels/kernel.h"

#include <map>

namespace kernels::cockroach_35931 {
namespace {

struct row_channel {
  weft::chan<int> rows = weft::make_chan<int>(1);
  void push(int row) { rows.send(row); }
};

struct flow_registry {
  weft::mutex mu;
  std::map<int, std::shared_ptr<row_channel>> inbound;

  void cancel(bool repaired) {
    mu.lock();
    for (auto& [id, stream] : inbound) {
      if (repaired) {
        weft::go({.name = "teller"}, [s = stream] { s->push(-1); });
      } else {
        stream->push(-1);
      }
    }
    inbound.clear();
    mu.unlock();
  }
};

void body(bool repaired) {
  flow_registry registry;
  auto left = std::make_shared<row_channel>();
  auto right = std::make_shared<row_channel>();
  registry.inbound = {{0, left}, {1, right}};
  // The reader merges: first all of the right stream, then the left one.
  auto merged = weft::make_chan<void>();
  weft::go({.name = "merge"}, [=] {
    for (const auto& stream : {right, left})
      while (*stream->rows.recv() != -1) {
      }
    merged.close();
  });
  left->push(1);
  registry.cancel(repaired);
  merged.recv();
}

const registration entry(
    {"cockroach/35931", "channel", verdict::deadlock, {"main:S merge:R"}, body});

}  // namespace
}  // namespace kernels::cockroach_35931
