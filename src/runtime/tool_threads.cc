// SPDX-License-Identifier: Apache-2.0
// tool_threads.cc: see tool_threads.h.                                                Floor 3.

#include "runtime/tool_threads.h"

#include <weft/detail/base/atomic.h>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constinit shared_word<long> g_started{0};
constinit shared_word<long> g_ended{0};

}  // namespace

tool_thread_scope::tool_thread_scope() noexcept { g_started.fetch_add(1); }
tool_thread_scope::~tool_thread_scope() { g_ended.fetch_add(1); }

tool_thread_counts count_tool_threads() noexcept { return {g_started.load(), g_ended.load()}; }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
