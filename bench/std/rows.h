// SPDX-License-Identifier: Apache-2.0
#pragma once
// rows.h: the scenarios that the standard library has the concept for. What one op is stands at
// each definition.

#include "../row.h"

namespace bench {

// threads.cc
void spawn_join(ops n);
void yield(ops n);
void yield_pair(ops n);
void sleepers_10k(ops n);
// channels.cc
void ping_pong(ops n);
void chan_uncontended(ops n);
void chan_spsc(ops n);
void chan_mpmc(ops n);
void pipeline_100(ops n);
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
// sync.cc
void once_fast(ops n);
void atomic_add(ops n);
void wait_group(ops n);
void cond_ping_pong(ops n);

}  // namespace bench
