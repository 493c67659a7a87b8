// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutine: in place of src/runtime/goroutine.h, for the queues of the runtime. The checker has a
// type of that name already; to a queue it is something to point to.

#include "check/goroutine.h"
