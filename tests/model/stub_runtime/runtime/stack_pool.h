// SPDX-License-Identifier: Apache-2.0
#pragma once
// stack_pool: in place of src/runtime/stack_pool.h: the goroutines that a machine has.

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct stack_slab {
  std::size_t stride = 0;
};

class stack_pool {
 public:
  [[nodiscard]] std::size_t default_size() const noexcept { return 0; }
  goroutine* take_default(std::uint32_t want, std::uint32_t* got);
  goroutine* take_sized(std::size_t /*bytes*/) { return nullptr; }
  void give(goroutine* /*first*/, goroutine* /*last*/, std::uint32_t /*count*/) noexcept {}
  bool make_ahead() noexcept { return false; }
  [[nodiscard]] static bool overflowed(const goroutine& /*g*/) noexcept { return false; }
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
