// SPDX-License-Identifier: Apache-2.0
#pragma once
// foreign_locks: pthread mutexes that goroutines hold, at assertion level 3.          Floor 3.
//
// The library then stands in for pthread_mutex_lock and its like. Sanitizers do that themselves.

#include "runtime/goroutine.h"

#define WEFT_SEES_FOREIGN_LOCKS (WEFT_ASSERT_LEVEL >= 3 && !WEFT_RACE && !WEFT_HAS_ASAN)

namespace weft::inline WEFT_WORLD {
namespace detail {

#if WEFT_SEES_FOREIGN_LOCKS
/// g parks, for this reason, with a foreign lock. Defined in src/debug/foreign_lock_report.cc.
void report_foreign_lock(goroutine& g, wait_reason why) noexcept;

/// To be called by g, which is about to park.
inline void check_foreign_locks(goroutine& g, wait_reason why) noexcept {
  if (WEFT_UNLIKELY(g.foreign.count != 0)) report_foreign_lock(g, why);
}
inline void forget_foreign_locks(goroutine& g) noexcept { g.foreign.count = 0; }
#else
inline void check_foreign_locks(goroutine&, wait_reason) noexcept {}
inline void forget_foreign_locks(goroutine&) noexcept {}
#endif

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
