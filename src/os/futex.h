// SPDX-License-Identifier: Apache-2.0
#pragma once
// futex: sleeping on a word, and the process-wide memory barrier.                     Floor 1.

#include <weft/detail/base/atomic.h>

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// Sleeps while `word` equals `expected`. May return early for no reason.
void futex_wait(shared_word<std::uint32_t>& word, std::uint32_t expected) noexcept;

/// As futex_wait, but for at most `nanoseconds` (> 0). False if the time ran out.
bool futex_wait_for(shared_word<std::uint32_t>& word, std::uint32_t expected,
                    std::int64_t nanoseconds) noexcept;

/// Wakes up to `count` sleepers. The word itself is not read: its memory may be gone already.
void futex_wake(shared_word<std::uint32_t>& word, int count) noexcept;

/// Registers the process for membarrier(). False where the kernel has none.
bool membarrier_init() noexcept;

/// Every other thread of the process passes a full fence between call and return. Only after
/// membarrier_init() was true.
#if WEFT_CHECK
void membarrier(const seam::place& at = seam::place::current()) noexcept;
#else
void membarrier() noexcept;
#endif

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
