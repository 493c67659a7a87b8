// SPDX-License-Identifier: Apache-2.0
// gdb_layout.cc: where things are, for weft.py.                                       Floor 6.

#include "runtime/scheduler.h"

#include <cstddef>

#pragma GCC diagnostic ignored "-Winvalid-offsetof"

extern "C" const char weft_gdb_script;

namespace weft::inline WEFT_WORLD {
namespace detail {

struct debug_layout {
  static constexpr std::size_t k_stacks = offsetof(scheduler, stacks);
  static constexpr std::size_t k_known = k_stacks + offsetof(stack_pool, known_);
  static constexpr std::size_t k_known_count = k_stacks + offsetof(stack_pool, known_count_);
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD

using namespace weft::detail;

// In the order of LAYOUT in weft.py.
extern "C" {
extern const std::size_t weft_gdb_layout[];
const std::size_t weft_gdb_layout[] = {
    2,
    sizeof(goroutine),
    offsetof(goroutine, sp),
    offsetof(goroutine, id),
    offsetof(goroutine, parent_id),
    offsetof(goroutine, status),
    offsetof(goroutine, why),
    offsetof(goroutine, name),
    offsetof(goroutine, creator),
    offsetof(goroutine, on_cpu),
    offsetof(goroutine, stack_low),
    offsetof(goroutine, stack_high),
    offsetof(goroutine, commit_arg),
    offsetof(stack_slab, base),
    offsetof(stack_slab, stride),
    offsetof(stack_slab, claimed),
    offsetof(stack_slab, cold_count),
    debug_layout::k_known,
    debug_layout::k_known_count,
    reinterpret_cast<std::size_t>(scheduler::instance_address()),
};
// Keeps the script in the program, and this file, which dump.cc refers to.
extern const char* const weft_gdb_script_used;
const char* const weft_gdb_script_used = &weft_gdb_script;
}
