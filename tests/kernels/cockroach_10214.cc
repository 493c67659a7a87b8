// SPDX-License-Identifier: Apache-2.0
// cockroach_10214.cc: heartbeats are sent with the queue locked, which locks each replica's raft
// state; the tick of a replica locks its raft state and queues a heartbeat. Repair: the queue is
// emptied under its lock and sent without.

#include "kernels/kernel.h"

#include <map>

namespace kernels::cockroach_10214 {
namespace {

struct store;

struct replica {
  weft::mutex raft_mu;
  weft::mutex mu;
  store* owner = nullptr;
  int unreachable = 0;

  void report_unreachable() {
    raft_mu.lock();
    ++unreachable;
    raft_mu.unlock();
  }
  void tick();
  bool coalesce_heartbeat();
};

struct store {
  weft::mutex coalesced_mu;
  std::vector<int> responses{1, 2};
  std::map<int, std::unique_ptr<replica>> replicas;

  void send_to_node() {
    for (auto& [id, r] : replicas) r->report_unreachable();
  }

  void send_queued_heartbeats(bool repaired) {
    coalesced_mu.lock();
    std::vector<int> batch;
    batch.swap(responses);
    if (repaired) coalesced_mu.unlock();
    for (int beat : batch)
      if (beat != 0) send_to_node();
    if (!repaired) coalesced_mu.unlock();
  }
};

bool replica::coalesce_heartbeat() {
  owner->coalesced_mu.lock();
  owner->responses.push_back(1);
  owner->coalesced_mu.unlock();
  return true;
}

void replica::tick() {
  raft_mu.lock();
  mu.lock();
  for (int i = 0; i < 2 && coalesce_heartbeat(); ++i) {
  }
  mu.unlock();
  raft_mu.unlock();
}

void body(bool repaired) {
  auto s = std::make_shared<store>();
  for (int id : {0, 1}) {
    s->replicas[id] = std::make_unique<replica>();
    s->replicas[id]->owner = s.get();
  }
  weft::go({.name = "sender"}, [=] { s->send_queued_heartbeats(repaired); });
  weft::go({.name = "ticker"}, [=] { s->replicas.at(0)->tick(); });
}

const registration entry({"cockroach/10214", "AB-BA", verdict::leak, {"sender:L ticker:L"}, body});

}  // namespace
}  // namespace kernels::cockroach_10214
