// SPDX-License-Identifier: Apache-2.0
// main.cc: the weft side of the benchmark stand, under Google Benchmark and its command line:
//
//   WEFT_PROCS=2 bench_weft --benchmark_filter='^ping_pong'
//   WEFT_BENCH_PROFILES=100,10000,cpu bench_weft ...
//
// The latter has the mutex profile on at 1 in 100, the block profile at one event in 10000 ns, and
// the CPU profile if asked for.

#include "rows.h"

#include <weft/debug.h>
#include <weft/weft.h>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

struct row {
  const char* name;
  benchmark::TimeUnit unit;
  void (*run)(bench::ops n);
};

constexpr row k_rows[] = {
    {"spawn_join", benchmark::kNanosecond, bench::spawn_join},
    {"yield", benchmark::kNanosecond, bench::yield},
    {"yield_pair", benchmark::kNanosecond, bench::yield_pair},
    {"ping_pong", benchmark::kNanosecond, bench::ping_pong},
    {"chan_uncontended", benchmark::kNanosecond, bench::chan_uncontended},
    {"chan_spsc", benchmark::kNanosecond, bench::chan_spsc},
    {"chan_mpmc", benchmark::kNanosecond, bench::chan_mpmc},
    {"select_ready", benchmark::kNanosecond, bench::select_ready},
    {"select_ping_pong", benchmark::kNanosecond, bench::select_ping_pong},
    {"mutex_uncontended", benchmark::kNanosecond, bench::mutex_uncontended},
    {"mutex_contended", benchmark::kNanosecond, bench::mutex_contended},
    {"shared_mutex_read_1", benchmark::kNanosecond, bench::shared_mutex_read_1},
    {"shared_mutex_read_2", benchmark::kNanosecond, bench::shared_mutex_read_2},
    {"shared_mutex_90_10", benchmark::kNanosecond, bench::shared_mutex_90_10},
    {"shared_mutex_50_50", benchmark::kNanosecond, bench::shared_mutex_50_50},
    {"sharded_map_read", benchmark::kNanosecond, bench::sharded_map_read},
    {"sharded_map_write", benchmark::kNanosecond, bench::sharded_map_write},
    {"sync_map", benchmark::kNanosecond, bench::sync_map},
    {"lockfree_stack", benchmark::kNanosecond, bench::lockfree_stack},
    {"lockfree_queue", benchmark::kNanosecond, bench::lockfree_queue},
    {"pool", benchmark::kNanosecond, bench::pool},
    {"singleflight", benchmark::kNanosecond, bench::singleflight},
    {"once_fast", benchmark::kNanosecond, bench::once_fast},
    {"atomic_add", benchmark::kNanosecond, bench::atomic_add},
    {"wait_group", benchmark::kNanosecond, bench::wait_group},
    {"cond_ping_pong", benchmark::kNanosecond, bench::cond_ping_pong},
    {"context_timeout", benchmark::kNanosecond, bench::context_timeout},
    {"pipeline_100", benchmark::kNanosecond, bench::pipeline_100},
    {"skynet_100k", benchmark::kMillisecond, bench::skynet_100k},
    {"fib_20", benchmark::kMillisecond, bench::fib_20},
    {"sleepers_10k", benchmark::kMillisecond, bench::sleepers_10k},
};

// All operations are one batch, on the main goroutine: the rivals time a scenario the same way.
void measure(benchmark::State& state, void (*run)(bench::ops n)) {
  weft::run([&] {
    while (state.KeepRunningBatch(state.max_iterations)) run(state.max_iterations);
  });
}

void measure_parked(benchmark::State& state) {
  weft::run([&] {
    for ([[maybe_unused]] auto _ : state) {
      const bench::parked_result parked = bench::parked_goroutines(bench::parked_count());
      state.SetIterationTime(parked.start);
      state.counters["wake"] = parked.wake;
      state.counters["bytes"] = parked.bytes;
    }
  });
}

bool switch_profiles_on() {
  const char* wanted = std::getenv("WEFT_BENCH_PROFILES");
  if (wanted == nullptr) return true;
  int fraction = 0;
  long rate = 0;
  char more[8] = "";
  if (std::sscanf(wanted, "%d,%ld,%7s", &fraction, &rate, more) < 2 ||
      (more[0] != '\0' && more != std::string_view("cpu"))) {
    std::fprintf(stderr, "bench_weft: WEFT_BENCH_PROFILES=%s is not FRACTION,NANOSECONDS[,cpu]\n",
                 wanted);
    return false;
  }
  weft::debug::set_mutex_profile_fraction(fraction);
  weft::debug::set_block_profile_rate(rate);
  if (more[0] != '\0') weft::debug::start_cpu_profile("/dev/null");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (!switch_profiles_on()) return 2;
  for (const row& r : k_rows) {
    benchmark::RegisterBenchmark(r.name, measure, r.run)->Unit(r.unit)->UseRealTime();
  }
  benchmark::RegisterBenchmark("parked_1m", measure_parked)
      ->Unit(benchmark::kSecond)
      ->Iterations(1)
      ->UseManualTime();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
