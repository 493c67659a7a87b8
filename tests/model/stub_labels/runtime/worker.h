// SPDX-License-Identifier: Apache-2.0
#pragma once
// worker: in place of src/runtime/worker.h: who runs what.

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct worker {
  shared_word<goroutine*> current{nullptr};
  goroutine base;
};

worker* current_worker() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
