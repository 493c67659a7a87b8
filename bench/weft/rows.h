// SPDX-License-Identifier: Apache-2.0
#pragma once
// rows.h: the scenarios in weft. Each runs on a goroutine and does n operations; what one op is
// stands at each definition.

#include "../parked.h"
#include "../scenario.h"

#include <cstdint>

namespace bench {

// goroutines.cc
void spawn_join(ops n);
void yield(ops n);
void yield_pair(ops n);
void skynet_100k(ops n);
void fib_20(ops n);
void sleepers_10k(ops n);
parked_result parked_goroutines(ops count);
// channels.cc
void ping_pong(ops n);
void chan_uncontended(ops n);
void chan_spsc(ops n);
void chan_mpmc(ops n);
void select_ready(ops n);
void select_ping_pong(ops n);
void pipeline_100(ops n);
// contexts.cc
void context_timeout(ops n);
// locks.cc
void mutex_uncontended(ops n);
void mutex_contended(ops n);
// shared_mutex.cc
void shared_mutex_read_1(ops n);
void shared_mutex_read_2(ops n);
void shared_mutex_90_10(ops n);
void shared_mutex_50_50(ops n);
// maps.cc
void sharded_map_read(ops n);
void sharded_map_write(ops n);
void sync_map(ops n);
// containers.cc
void lockfree_stack(ops n);
void lockfree_queue(ops n);
void pool(ops n);
void singleflight(ops n);
// sync.cc
void once_fast(ops n);
void atomic_add(ops n);
void wait_group(ops n);
void cond_ping_pong(ops n);

}  // namespace bench
