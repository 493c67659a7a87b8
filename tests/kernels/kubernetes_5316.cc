// SPDX-License-Identifier: Apache-2.0
// kubernetes_5316.cc: a request that takes longer than its time has nobody left to give its result
// to. Repair: the channel has room for it.

#include "kernels/kernel.h"

#include <system_error>

namespace kernels::kubernetes_5316 {
namespace {

template <class F>
std::error_code finish_request(std::chrono::milliseconds timeout, bool repaired, F handle) {
  auto result = weft::make_chan<int>(repaired ? 1 : 0);
  auto failed = weft::make_chan<std::error_code>(repaired ? 1 : 0);
  weft::go({.name = "handler"}, [=] {
    if (std::error_code e = handle()) {
      failed.send(e);
    } else {
      result.send(200);
    }
  });
  std::error_code out;
  weft::select(
      weft::on_recv(result),
      weft::on_recv(failed, [&](std::optional<std::error_code> e) { out = *e; }),
      weft::on_recv(weft::after(timeout), [&](auto) { out = weft::errc::deadline_exceeded; }));
  return out;
}

void body(bool repaired) {
  finish_request(10ms, repaired, [=] {
    weft::sleep_for(20ms);
    return std::error_code();
  });
}

const registration entry({"kubernetes/5316", "channel", verdict::leak, {"handler:S"}, body});

}  // namespace
}  // namespace kernels::kubernetes_5316
