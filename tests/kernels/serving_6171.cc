// SPDX-License-Identifier: Apache-2.0
// serving_6171.cc: the manager of probes has a goroutine for each probe, which logs when the probe
// is done; the test ends when it has the result. Repair: the test waits for the goroutine, too.

#include "kernels/kernel.h"

namespace kernels::serving_6171 {
namespace {

struct test {
  weft::mutex mu;
  int lines = 0;
  bool completed = false;

  void log() {
    mu.lock();
    if (completed) throw weft::panic("Log in goroutine after TestDoAsync has completed");
    ++lines;
    mu.unlock();
  }
  void complete() {
    mu.lock();
    completed = true;
    mu.unlock();
  }
};

struct probe_manager {
  weft::wait_group probes;

  template <class F>
  void offer(const std::shared_ptr<test>& t, const std::shared_ptr<probe_manager>& self, F done) {
    probes.add(1);
    weft::go({.name = "probe"}, [t, self, done] {
      done(200);
      t->log();
      self->probes.done();
    });
  }
};

void body(bool repaired) {
  auto t = std::make_shared<test>();
  auto m = std::make_shared<probe_manager>();
  auto result = weft::make_chan<int>();
  m->offer(t, m, [result](int status) { result.send(status); });
  result.recv();
  if (repaired) m->probes.wait();
  t->complete();
}

const registration entry({"serving/6171",
                          "testing library",
                          verdict::panic,
                          {"panic: Log in goroutine after TestDoAsync has completed"},
                          body});

}  // namespace
}  // namespace kernels::serving_6171
