// SPDX-License-Identifier: Apache-2.0
#pragma once
// fatal: the ends a process can come to, with Go's texts.                             Floor 3.
//
// fatal() itself is declared in park.h. The runtime decides that the process ends; what is printed
// of each goroutine is written by the debug floor, which defines write_goroutines().

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

[[noreturn]] WEFT_COLD void fatal_deadlock(bool main_exited) noexcept;
[[noreturn]] WEFT_COLD void fatal_quit() noexcept;
[[noreturn]] WEFT_COLD void fatal_thread_limit() noexcept;
/// For a stack without a guard, found to have overflown when its goroutine parked or ended.
[[noreturn]] WEFT_COLD void fatal_overflow(const goroutine& g) noexcept;

/// Does not return while another thread is reporting the end of the process.
void wait_if_dying() noexcept;

/// Called once at start: terminate handler, handlers for SIGSEGV, SIGBUS and SIGQUIT.
void install_fatal_handlers() noexcept;
/// Has `f` called, or nothing if null, after the report of a panic or a fatal error and before the
/// process ends: on the stack of whoever dies, so it may need little of that.
void set_last_act(void (*f)() noexcept) noexcept;
/// SIGQUIT has come.
bool quit_requested() noexcept;

/// Writes every goroutine in Go's format to a file descriptor, the calling one first. Defined in
/// src/debug/dump.cc.
void write_goroutines(int fd) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
