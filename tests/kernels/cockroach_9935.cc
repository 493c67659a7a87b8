// SPDX-License-Identifier: Apache-2.0
// cockroach_9935.cc: writing a log entry under the lock fails, and the way out locks it again.
// Repair: the way out does not lock.

#include "kernels/kernel.h"

namespace kernels::cockroach_9935 {
namespace {

struct logging {
  weft::mutex mu;
  std::vector<std::string> written;
  bool disk_full = false;

  bool create_file() { return !disk_full; }

  void output(const std::string& line, bool repaired) {
    mu.lock();
    if (!create_file()) {
      exit(repaired);
      mu.unlock();
      return;
    }
    written.push_back(line);
    mu.unlock();
  }

  // Called with the lock held.
  void exit(bool repaired) {
    if (!repaired) mu.lock();
    written.clear();
    if (!repaired) mu.unlock();
  }
};

void body(bool repaired) {
  auto log = std::make_shared<logging>();
  weft::go({.name = "first"}, [=] { log->output("begin", repaired); });
  weft::go({.name = "second"}, [=] {
    log->mu.lock();
    log->disk_full = true;
    log->mu.unlock();
    log->output("end", repaired);
  });
}

const registration entry(
    {"cockroach/9935", "double lock", verdict::leak, {"first:L second:L", "second:L"}, body});

}  // namespace
}  // namespace kernels::cockroach_9935
