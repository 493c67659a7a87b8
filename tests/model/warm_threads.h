// SPDX-License-Identifier: Apache-2.0
#pragma once
// warm_threads: gives every goroutine that a model may have the hazard slot that a thread keeps, as
// in a program that has run for a while. Else the first execution would make them, and differ.

#include <weft/detail/lib/hazard_pointers.h>

#include "model/model.h"

#include <utility>

namespace weft_model {

inline void warm_threads() {
  static bool warm = false;
  if (std::exchange(warm, true)) return;
  const weft::detail::checker::fine_scope scope;
  EXPECT_NO_THROW(weft::check::bubble([] {
    const weft::detail::hazards mains;
    for (int i = 0; i < 4; ++i) weft::go([] { const weft::detail::hazards own; });
    settle();
  }));
}

}  // namespace weft_model
