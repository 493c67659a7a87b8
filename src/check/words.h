// SPDX-License-Identifier: Apache-2.0
#pragma once
// words: the user's std::atomic, whose operations name an order.                      Floor 6.
//
// Values are sequentially consistent whatever the order. Edges are those of C++: from release to
// acquire, through what modifies in between, and through fences.

#include <weft/detail/base/config.h>

#include <cstddef>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// As compilers pass them to ThreadSanitizer.
enum memory_order_number : int { k_relaxed, k_consume, k_acquire, k_release, k_acq_rel, k_seq_cst };

constexpr bool acquires(int order) noexcept {
  int n = order & 0xffff;  // what is above are hints
  return n != k_relaxed && n != k_release;
}
constexpr bool releases(int order) noexcept { return (order & 0xffff) >= k_release; }

void word_loaded(const void* word, std::size_t size, int order) noexcept;
void word_stored(const void* word, std::size_t size, int order) noexcept;
/// Loaded and stored at once; the load has been told of.
void word_modified(const void* word, std::size_t size, int order) noexcept;
void fence(int order) noexcept;

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
