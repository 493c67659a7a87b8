// SPDX-License-Identifier: Apache-2.0
#pragma once
// rows.h: the scenarios that Boost.Fiber has the concept for. What one op is stands at each
// definition.

#include "../parked.h"
#include "../row.h"

#include <boost/fiber/all.hpp>

namespace bench {

// fibers.cc
void spawn_join(ops n);
void yield(ops n);
void yield_pair(ops n);
void skynet_100k(ops n);
void fib_20(ops n);
void sleepers_10k(ops n);
parked_result parked_fibers(ops count);
// channels.cc
void ping_pong(ops n);
void chan_uncontended(ops n);
void chan_spsc(ops n);
void chan_mpmc(ops n);
void pipeline_100(ops n);
// locks.cc
void mutex_uncontended(ops n);
void mutex_contended(ops n);

// Rows with many short-lived fibers give them small stacks, as Boost's own skynet does; the default
// is 128 KiB.
constexpr std::size_t k_small_stack = 8 * 1024;

template <class F>
boost::fibers::fiber small_fiber(F f) {
  return {std::allocator_arg, boost::fibers::fixedsize_stack(k_small_stack), std::move(f)};
}

}  // namespace bench
