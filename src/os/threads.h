// SPDX-License-Identifier: Apache-2.0
#pragma once
// threads: starting the runtime's own threads, and counting all.                      Floor 1.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// Starts a detached thread with all asynchronous signals blocked, so that signals meant for
/// the program are taken by its own threads. Throws std::system_error.
void start_detached_thread(const char* name, void (*body)(void*), void* arg);

/// Threads of this process; -1 if that cannot be known.
long count_threads() noexcept;

/// Gives the calling thread a stack for signal handlers, kept until the process ends.
void install_signal_stack() noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
