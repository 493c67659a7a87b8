// SPDX-License-Identifier: Apache-2.0
#pragma once
// affinity.h: threads have no processor count of their own.

#include <sched.h>

namespace bench {

// Keeps all threads on the first procs processors.
inline void use_processors(unsigned procs) {
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE && procs > 0; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    CPU_SET(cpu, &chosen);
    --procs;
  }
  sched_setaffinity(0, sizeof chosen, &chosen);
}

}  // namespace bench
