// SPDX-License-Identifier: Apache-2.0
#pragma once
// scheduler: in place of src/runtime/scheduler.h, for threads that park where no runtime is.

#include <weft/detail/os/lock.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct scheduler {
  static scheduler* instance() noexcept { return nullptr; }
  void nudge_monitor() noexcept {}
  shared_word<std::uint32_t> blocked_threads{0};
};
inline void refuse_forked_child() noexcept {}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
