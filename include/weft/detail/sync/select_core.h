// SPDX-License-Identifier: Apache-2.0
#pragma once
// select_core: waiting on several channels at once, whatever their elements are.      Floor 4.

#include <weft/detail/sync/chan_core.h>

#include <span>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

struct select_case {
  chan_core* core = nullptr;  // null: never ready
  void* slot = nullptr;       // the value to send, or the optional<T> (bool) to receive into
  bool is_send = false;
};

enum class select_order : unsigned char { random, given };

inline constexpr std::size_t k_no_case = ~std::size_t{0};

/// Performs one of the cases and returns its index; k_no_case if none is ready and !block.
/// Throws panic("send on closed channel"), std::bad_alloc.
std::size_t select_cases(std::span<const select_case> cases, bool block, select_order order);

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
