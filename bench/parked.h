// SPDX-License-Identifier: Apache-2.0
#pragma once
// parked.h: what the row parked_1m counts and measures, for weft and Boost.Fiber.

#include <unistd.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {

struct parked_result {
  double start = 0;  // seconds until all have parked
  double wake = 0;   // seconds from the first wake-up until all are done
  double bytes = 0;  // resident, each
};

// A million, or BENCH_PARKED for a short run.
inline std::int64_t parked_count() {
  const char* count = std::getenv("BENCH_PARKED");
  return count ? std::atoll(count) : 1'000'000;
}

inline double resident_bytes() {
  long total = 0, resident = 0;
  if (std::FILE* statm = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(statm, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(statm);
  }
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace bench
