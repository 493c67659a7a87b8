// SPDX-License-Identifier: Apache-2.0
#pragma once
// threads: starting the runtime's own threads, and counting all.                      Floor 1.

#include <weft/detail/base/config.h>

#include <csignal>

namespace weft::inline WEFT_WORLD {
namespace detail::os {

/// Which signals a new thread takes.
enum class thread_signals : unsigned char {
  none,         // only those of own_thread_mask()
  as_at_start,  // as the thread that called remember_signal_mask()
};

/// What a thread blocks that runs none of the program's code: all signals but those that it causes
/// itself, such as SIGSEGV, the CPU profile's, and the one by which threads are held.
sigset_t own_thread_mask() noexcept;

/// Threads that run the program's code take signals as the thread that started the runtime does.
void remember_signal_mask() noexcept;

/// Throws std::system_error.
void start_detached_thread(const char* name, thread_signals signals, void (*body)(void*),
                           void* arg);

/// Threads of this process; -1 if that cannot be known.
long count_threads() noexcept;

/// Gives the calling thread a stack for signal handlers, kept until the process ends.
void install_signal_stack() noexcept;

}  // namespace detail::os
}  // namespace weft::inline WEFT_WORLD
