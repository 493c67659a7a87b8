// SPDX-License-Identifier: Apache-2.0
#pragma once
// cpu_samples: where the threads of this process spend their time.                    Floor 3.
//
// Each thread has a timer on its own CPU clock, which sends it SIGPROF; the handler unwinds what it
// has interrupted into a ring that the recorder empties now and then. None is sent unless somebody
// records, but to a running goroutine whose stack is asked for: see running_stacks.h.

#include "runtime/labels.h"
#include "runtime/stack_samples.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct cpu_sample {
  stack_sample stack;
  std::int64_t ticks = 0;       // periods that this sample stands for
  label_set* labels = nullptr;  // a share
};

inline constexpr std::int64_t k_cpu_period_ns = 10'000'000;

/// SIGPROF comes to us, from now on if need be. False if it has a handler that is not weft's.
bool own_cpu_signal() noexcept;

/// False if somebody is recording already. Throws std::system_error if SIGPROF has a handler
/// that is not weft's, or there are no timers to be had.
bool start_cpu_samples();
/// To be called about every k_cpu_poll_ms: looks for new threads, and calls f for every sample
/// taken since, whose share of the labels is then f's.
inline constexpr int k_cpu_poll_ms = 100;
void poll_cpu_samples(void (*f)(void* arg, cpu_sample& s), void* arg);
/// Samples that found no room since the start.
std::uint64_t lost_cpu_samples() noexcept;
void stop_cpu_samples(void (*f)(void* arg, cpu_sample& s), void* arg);

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
