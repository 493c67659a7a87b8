// SPDX-License-Identifier: Apache-2.0
#pragma once
// park: the narrow waist between the primitives and the runtime.                      Floor 3.
//
// A party is whatever can be blocked and woken: a goroutine or a plain OS thread. The primitives
// know nothing of the runtime but this file, wait_queue.h and timers.h.

#include <weft/detail/runtime/wait_queue.h>
#include <weft/detail/runtime/wait_reason.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

enum class party_kind : std::uint8_t { goroutine, thread };

/// Base of everything that can park. `self` serves waits on a single queue, so that parking needs
/// no stack object and the park can be a tail call.
struct party {
  explicit party(party_kind k) noexcept : kind(k) {}
  party_kind kind;
  waiter self;
};

/// The goroutine or thread that is calling. Never keep the address of anything thread-local over
/// a park: the goroutine may resume on another thread.
party& current_party() noexcept;

/// Blocks the calling party until ready() is called on it. `commit(arg)` runs once the party is
/// off its stack, and must be what first lets a waker find it (usually: unlock the queue).
/// Parks: yes. Allocates: no. Holds: what commit releases, and nothing else.
using commit_fn = void (*)(void* arg) noexcept;
void park(party& self, wait_reason why, commit_fn commit, void* arg) noexcept;

/// Makes a parked party runnable. Called exactly once per park. Holds: no lock of a primitive.
void ready(party& p) noexcept;

/// As ready(), and lets a goroutine run at once in what is left of the caller's time slice,
/// the caller going to the back of its processor's queue: ownership hand-off of a mutex.
void ready_and_yield(party& p) noexcept;

/// "fatal error: TEXT", a dump of all goroutines, exit status 2. Cannot be caught.
[[noreturn]] WEFT_COLD void fatal(const char* text) noexcept;

/// A lock was found held by another processor: enough of these, and this one takes a rest.
void note_contention() noexcept;

/// A number by which processors, and plain threads, mostly differ: for choosing one of several
/// places that would be contended as one. It may change at any time.
unsigned processor_hint() noexcept;

/// The index of the processor that nobody else runs on until the caller parks; k_no_processor for a
/// plain thread, and inside blocking().
inline constexpr unsigned k_no_processor = ~0U;
unsigned own_processor() noexcept;

/// How many processors there may be at once. Never zero.
unsigned processors_to_expect() noexcept;

/// True while spinning may pay: several processors, and this one has nothing else to run.
bool may_spin() noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
