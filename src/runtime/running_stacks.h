// SPDX-License-Identifier: Apache-2.0
#pragma once
// running_stacks: the stack of a goroutine while it runs on another thread.           Floor 3.
//
// Its thread is sent SIGPROF, as by the CPU profile, and unwinds what the signal has interrupted.

#include "runtime/goroutine.h"
#include "runtime/stack_samples.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

namespace arch {
struct interrupted;
}

/// For how long all the asking of one look at the goroutines may take.
struct ask_budget {
  std::int64_t left_ns = 50'000'000;
};

/// Where g is. False, in good time, if it is not on a processor any more, if its thread does not
/// answer (it blocks the signal, or the system does not let it run), or if SIGPROF has a handler
/// of the program's own. Holds: the world frozen, so that only one asks at a time. Parks: no.
bool ask_for_stack(const goroutine& g, stack_sample& s, ask_budget& budget) noexcept;

/// The signal handler's: somebody asks the calling thread.
void answer_stack_request(std::uint32_t number, const arch::interrupted& at) noexcept;

/// The calling thread runs the worker of this index.
void register_worker_thread(std::uint32_t index) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
