// SPDX-License-Identifier: Apache-2.0
#pragma once
// mutex_core: the state machine of mutex, without its edges.                          Floor 4.
//
// state_: bit 0 locked, bit 1 woken, bit 2 starving, bits 3.. number of waiters. Source and
// invariants: src/sync/mutex_core.cc.
// holder_: where on its stack the last holder locked, which tells who that is: see stack_mark.h.
// For reports and debuggers only.

#include <weft/detail/runtime/probes.h>
#include <weft/detail/sync/sleep_queue.h>
#include <weft/detail/sync/stack_mark.h>

#include <system_error>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

class cancel_signal;

class mutex_core {
 public:
  constexpr mutex_core() noexcept = default;
  mutex_core(const mutex_core&) = delete;
  mutex_core& operator=(const mutex_core&) = delete;

  void lock() {
    std::uint32_t free = 0;
    // [MX-1] acquire; pairs with the release [MX-2].
    if (WEFT_UNLIKELY(!state_.compare_exchange_strong(free, k_locked, acquire, relaxed))) {
      static_cast<void>(lock_slow(nullptr));
      keep_frame();
    }
    holder_.note();
  }

  /// The signal's error if it ends first. Does not look whether it has ended already.
  [[nodiscard]] std::error_code lock_unless(cancel_signal& signal) {
    std::uint32_t free = 0;
    // [MX-13] acquire; pairs with the release [MX-2], [MX-9].
    if (!state_.compare_exchange_strong(free, k_locked, acquire, relaxed))
      if (std::error_code e = lock_slow(&signal)) return e;
    holder_.note();
    return {};
  }

  [[nodiscard]] bool try_lock() {
    // [MX-3] relaxed: checked by the compare-and-swap.
    std::uint32_t old = state_.load(relaxed);
    if ((old & (k_locked | k_starving)) != 0) return false;
    // [MX-4] acquire; pairs with the release [MX-2].
    if (!state_.compare_exchange_strong(old, old | k_locked, acquire, relaxed)) return false;
    holder_.note();
    return true;
  }

  void unlock() {
    std::uint32_t held = k_locked;
    // [MX-2] release; pairs with the acquire [MX-1], [MX-4], [MX-5], [MX-13].
    if (WEFT_UNLIKELY(!state_.compare_exchange_strong(held, 0, release, relaxed))) {
      unlock_slow();
      keep_frame();
    }
  }

  /// Would lock() get it at once?
  [[nodiscard]] bool is_free() const noexcept {
    // [MX-14] relaxed: a look.
    return (state_.load(relaxed) & (k_locked | k_starving)) == 0;
  }

 private:
  static constexpr std::uint32_t k_locked = 1;
  static constexpr std::uint32_t k_woken = 2;
  static constexpr std::uint32_t k_starving = 4;
  static constexpr std::uint32_t k_one_waiter = 8;

  std::error_code lock_slow(cancel_signal* signal);
  void unlock_slow();
  bool sleep_unless(cancel_signal& signal, bool front);
  bool leave_line();

  friend struct lock_view;

  shared_word<std::uint32_t> state_{0};
  last_doer holder_;
  sleep_queue waiters_;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
