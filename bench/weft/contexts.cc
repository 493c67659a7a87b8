// SPDX-License-Identifier: Apache-2.0
// contexts.cc: weft::context.

#include "rows.h"

#include <weft/context.h>

#include <chrono>

namespace bench {

// One op: a context with a timeout is made and canceled.
void context_timeout(ops n) {
  const weft::context top = weft::background();
  ops ended = 0;
  for (ops i = 0; i < n; ++i) {
    auto [ctx, cancel] = weft::with_timeout(top, std::chrono::hours(1));
    cancel();
    ended += ctx.err() == weft::errc::canceled ? 1 : 0;
  }
  expect(ended == n, "context_timeout");
}

}  // namespace bench
