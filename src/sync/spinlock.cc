// SPDX-License-Identifier: Apache-2.0
// spinlock.cc: waiting by yielding.                                                   Floor 4.
//
// Source: test and test-and-set; T. Anderson, IEEE TPDS 1990, for looking before swapping.

#include <weft/spinlock.h>

#include <weft/detail/runtime/park.h>
#include <weft/go.h>

namespace weft::inline WEFT_WORLD {
namespace {

constexpr int k_spins = 4;
constexpr int k_pauses = 30;

}  // namespace

void spinlock::lock_slow() noexcept {
  int spins = detail::may_spin() ? 0 : k_spins;
  for (;;) {
    // [SL-6] relaxed: a look; the exchange decides.
    while (locked_.load(detail::relaxed)) {
      if (spins < k_spins) {
        for (int i = 0; i < k_pauses; ++i) detail::cpu_relax();
        ++spins;
      } else {
        yield();
      }
    }
    // [SL-5] acquire; pairs with the release [SL-2].
    if (!locked_.exchange(true, detail::acquire)) return;
  }
}

void spinlock::not_locked() noexcept { detail::fatal("sync: unlock of unlocked mutex"); }

}  // namespace weft::inline WEFT_WORLD
