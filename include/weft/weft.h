// SPDX-License-Identifier: Apache-2.0
#pragma once
// weft: everything but the checker and the debugging tools.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/goroutine_local.h>
#include <weft/group.h>
#include <weft/lockfree/queue.h>
#include <weft/lockfree/stack.h>
#include <weft/mutex.h>
#include <weft/once.h>
#include <weft/panic.h>
#include <weft/pool.h>
#include <weft/select.h>
#include <weft/semaphore.h>
#include <weft/sharded_map.h>
#include <weft/shared_mutex.h>
#include <weft/singleflight.h>
#include <weft/spinlock.h>
#include <weft/sync_map.h>
#include <weft/time.h>
#include <weft/var.h>
#include <weft/version.h>
#include <weft/wait_group.h>
