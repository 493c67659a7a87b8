// SPDX-License-Identifier: Apache-2.0
#pragma once
// scenario.h: what the scenarios of every C++ rival use.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {

using ops = std::int64_t;  // how many operations a scenario is to do

// Keeps a scenario honest: its result is used and checked.
inline void expect(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::_Exit(1);
}

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace bench
