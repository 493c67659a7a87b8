// SPDX-License-Identifier: Apache-2.0
#pragma once
// row.h: what bench_boost_fiber and bench_std share: the command line, the calibration of a row,
// and the line of JSON that comes out. go/main.go does the same in Go; for weft Google Benchmark
// does it.
//
//   <binary> --row ping_pong --procs 2 --min-time 0.2

#include "scenario.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bench {

struct command_line {
  std::string_view row;
  unsigned procs = 2;
  double min_time = 0.2;       // seconds that the measured run lasts at least
  std::string_view scheduler;  // Boost.Fiber only: another scheduler than the row's own

  command_line(int argc, char** argv) {
    for (int i = 1; i + 1 < argc; i += 2) {
      const std::string_view flag = argv[i];
      if (flag == "--row") row = argv[i + 1];
      if (flag == "--procs") procs = static_cast<unsigned>(std::atoi(argv[i + 1]));
      if (flag == "--min-time") min_time = std::atof(argv[i + 1]);
      if (flag == "--scheduler") scheduler = argv[i + 1];
    }
  }
};

// After a warm-up, repeats run with a growing count until one run lasts min_time; returns seconds
// per operation.
template <class Run>
double calibrate(Run run, double min_time) {
  run(ops{1});
  for (ops n = 1;;) {
    const auto begin = std::chrono::steady_clock::now();
    run(n);
    const double elapsed = seconds_since(begin);
    if (elapsed >= min_time) return elapsed / static_cast<double>(n);
    const double growth = 1.4 * min_time / (elapsed + 1e-9);
    n = static_cast<ops>(static_cast<double>(n) * (growth < 10 ? growth : 10)) + 1;
  }
}

enum class unit { nanoseconds, milliseconds };

inline void report(std::string_view scenario, unit per, double seconds) {
  const bool ns = per == unit::nanoseconds;
  std::printf("{\"scenario\":\"%.*s\",\"unit\":\"%s\",\"value\":%g}\n",
              static_cast<int>(scenario.size()), scenario.data(), ns ? "ns/op" : "ms",
              seconds * (ns ? 1e9 : 1e3));
}

[[noreturn]] inline void no_such_row(std::string_view row) {
  std::fprintf(stderr, "no row \"%.*s\"\n", static_cast<int>(row.size()), row.data());
  std::exit(3);
}

}  // namespace bench
