// SPDX-License-Identifier: Apache-2.0
#pragma once
// tool_threads: threads of weft's own tools, which never wake a goroutine.            Floor 3.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

/// While it lives, the calling thread does not keep a deadlock from being seen.
class tool_thread_scope {
 public:
  tool_thread_scope() noexcept;
  ~tool_thread_scope();
  tool_thread_scope(const tool_thread_scope&) = delete;
  tool_thread_scope& operator=(const tool_thread_scope&) = delete;
};

struct tool_thread_counts {
  long started;
  long ended;
  friend bool operator==(const tool_thread_counts&, const tool_thread_counts&) = default;
};
tool_thread_counts count_tool_threads() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
