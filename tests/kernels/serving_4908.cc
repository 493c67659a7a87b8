// SPDX-License-Identifier: Apache-2.0
// serving_4908.cc: a watcher logs to its test's log, and is not waited for at the end of the test.
// Repair: it is.

#include "kernels/kernel.h"

namespace kernels::serving_4908 {
namespace {

// What a test library knows of a test that runs.
struct test {
  weft::mutex mu;
  std::vector<std::string> lines;
  bool completed = false;

  void log(std::string line) {
    mu.lock();
    if (completed) throw weft::panic("Log in goroutine after TestRevisionWatcher has completed");
    lines.push_back(std::move(line));
    mu.unlock();
  }
  void complete() {
    mu.lock();
    completed = true;
    mu.unlock();
  }
};

struct revision_watcher {
  weft::chan<int> destinations = weft::make_chan<int>(1);
  weft::chan<void> stop = weft::make_chan<void>();

  void run(test& t) {
    for (bool going = true; going;) {
      weft::select(
          weft::on_recv(destinations, [&](std::optional<int> d) { check_destination(*d, t); }),
          weft::on_recv(stop, [&](bool) { going = false; }));
    }
  }
  static void check_destination(int d, test& t) {
    if (d < 0) t.log("failed probing");
  }
};

void body(bool repaired) {
  auto t = std::make_shared<test>();
  auto w = std::make_shared<revision_watcher>();
  auto ended = weft::make_chan<void>();
  weft::go({.name = "watcher"}, [=] {
    w->run(*t);
    ended.close();
  });
  w->destinations.send(-1);
  w->stop.close();
  if (repaired) ended.recv();
  t->complete();
}

const registration entry({"serving/4908",
                          "testing library",
                          verdict::panic,
                          {"panic: Log in goroutine after TestRevisionWatcher has completed"},
                          body});

}  // namespace
}  // namespace kernels::serving_4908
