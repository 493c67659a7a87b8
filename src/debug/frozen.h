// SPDX-License-Identifier: Apache-2.0
#pragma once
// frozen: parked goroutines that stay where they are for a while, and what reports say of one.
// Floor 6.

#include <weft/debug/leaks.h>

#include "debug/goroutines.h"
#include "debug/wait_target.h"
#include "runtime/scheduler.h"

#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// The world is frozen in this scope: no goroutine begins to run.
class frozen_scope {
 public:
  explicit frozen_scope(detail::scheduler& s) noexcept : scheduler_(s) { s.freeze(); }
  frozen_scope(const frozen_scope&) = delete;
  frozen_scope& operator=(const frozen_scope&) = delete;
  ~frozen_scope() { scheduler_.thaw(); }

 private:
  detail::scheduler& scheduler_;
};

/// All that have not ended, by number. Frozen.
std::vector<detail::goroutine*> all_goroutines(detail::scheduler& s);

/// Whether it is parked and off its stack. Frozen: then it stays so.
bool is_parked(const detail::goroutine& g) noexcept;

/// All about a parked goroutine. Frozen.
blocked_goroutine description_of(detail::goroutine& g);

/// As in a dump.
std::string text_of(const blocked_goroutine& g);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
