// SPDX-License-Identifier: Apache-2.0
#pragma once
// pages: address space for stacks.                                                    Floor 1.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

std::size_t page_size() noexcept;

/// Reserves zeroed address space without committing memory; null if the kernel refuses. Never
/// backed by huge pages: one touched byte must not cost 2 MiB.
void* reserve_pages(std::size_t bytes) noexcept;
void release_pages(void* start, std::size_t bytes) noexcept;

/// How overflow of a stack into its lowest pages is noticed, best first.
enum class guard_mode : unsigned char {
  guard_install,  // MADV_GUARD_INSTALL: a marker in the page table, no mapping of its own
  protect,        // mprotect: two mappings per guard, so only within a budget
  canary,         // a pattern at the low end, looked at when the goroutine parks or ends
};

/// Guards [start, start + bytes). Says which mode was had.
guard_mode install_guard(void* start, std::size_t bytes) noexcept;

/// The best mode there is to be had by now.
guard_mode best_guard_mode() noexcept;

/// The best mode to try from now on; for tests of the lesser ones.
void limit_guard_mode(guard_mode best) noexcept;

/// Makes the pages resident now, cheaper than by faults. A refusal is harmless and not reported.
void populate_pages(void* start, std::size_t bytes) noexcept;

/// Gives the memory, not the address space, back. Guards stay.
void discard_pages(void* start, std::size_t bytes) noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
