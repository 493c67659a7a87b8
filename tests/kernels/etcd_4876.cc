// SPDX-License-Identifier: Apache-2.0
// etcd_4876.cc: a test shortens the interval of progress reports, which the send loop of a watch
// reads. Repair: the loop is given the interval when it is made.

#include "kernels/kernel.h"

namespace kernels::etcd_4876 {
namespace {

std::chrono::milliseconds g_interval = 600ms;

struct watch_stream {
  weft::chan<void> closing = weft::make_chan<void>();
  std::chrono::milliseconds interval{};
  int reports = 0;

  void send_loop(bool repaired) {
    weft::timer progress(repaired ? interval : g_interval);  // race
    weft::select(weft::on_recv(closing), weft::on_recv(progress.c(), [&](auto) { ++reports; }));
    progress.stop();
  }
};

void body(bool repaired) {
  g_interval = 600ms;
  watch_stream s;
  s.interval = 600ms;
  weft::wait_group loops;
  loops.go([&] { s.send_loop(repaired); });
  g_interval = 100ms;  // race
  s.closing.close();
  loops.wait();
}

const registration entry({"etcd/4876", "data race", verdict::race, {}, body});

}  // namespace
}  // namespace kernels::etcd_4876
