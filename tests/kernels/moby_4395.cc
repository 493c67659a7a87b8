// SPDX-License-Identifier: Apache-2.0
// moby_4395.cc: a function that is run in a goroutine gives its result by a channel that the caller
// need not read. Repair: the channel has room for it.

#include "kernels/kernel.h"

#include <system_error>

namespace kernels::moby_4395 {
namespace {

template <class F>
weft::chan<std::error_code> start(F f, bool repaired) {
  auto result = weft::make_chan<std::error_code>(repaired ? 1 : 0);
  weft::go({.name = "task"}, [=] { result.send(f()); });
  return result;
}

void body(bool repaired) {
  auto attached = start([] { return std::error_code(); }, repaired);
  weft::chan<std::error_code> other = start([] { return std::error_code(); }, true);
  // The container has ended: whether it was attached is of no interest any more.
  if (*other.recv()) attached.recv();
}

const registration entry({"moby/4395", "channel", verdict::leak, {"task:S"}, body});

}  // namespace
}  // namespace kernels::moby_4395
