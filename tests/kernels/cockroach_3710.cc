// SPDX-License-Identifier: Apache-2.0
// cockroach_3710.cc: a scan that holds the read lock asks for the raft status, which takes the read
// lock again; a writer that has come in between lets no further reader in. Repair: the scan unlocks
// first.

#include "kernels/kernel.h"

#include <map>

namespace kernels::cockroach_3710 {
namespace {

struct store {
  weft::shared_mutex mu;
  std::map<int, int> ranges{{0, 1}};
  weft::chan<void> wake = weft::make_chan<void>(1);

  int raft_status(int range) {
    mu.lock_shared();
    int status = ranges[range];
    mu.unlock_shared();
    return status;
  }

  void force_raft_log_scan(bool repaired) {
    mu.lock_shared();
    std::vector<int> ids;
    for (auto& [id, status] : ranges) ids.push_back(id);
    if (repaired) mu.unlock_shared();
    for (int id : ids) static_cast<void>(raft_status(id));
    if (!repaired) mu.unlock_shared();
    wake.send();
  }

  void process_raft() {
    for (int i = 0; i < 2; ++i) {
      mu.lock();
      mu.unlock();
      if (i == 0) wake.recv();
    }
  }
};

void body(bool repaired) {
  auto s = std::make_shared<store>();
  weft::go({.name = "raft"}, [=] { s->process_raft(); });
  weft::go({.name = "scan"}, [=] { s->force_raft_log_scan(repaired); });
}

const registration entry({"cockroach/3710", "RWR", verdict::leak, {"raft:WL scan:RL"}, body});

}  // namespace
}  // namespace kernels::cockroach_3710
