// SPDX-License-Identifier: Apache-2.0
// main.cc: the std side of the benchmark stand: std::thread for goroutines, mutex and
// condition_variable for channels. There is no select, and a hundred thousand threads are no
// sensible program: those rows are absent.

#include "../affinity.h"
#include "rows.h"

namespace {

struct row {
  std::string_view name;
  bench::unit unit;
  void (*run)(bench::ops n);
};

constexpr auto k_ns = bench::unit::nanoseconds;
constexpr auto k_ms = bench::unit::milliseconds;

constexpr row k_rows[] = {
    {"spawn_join", k_ns, bench::spawn_join},
    {"yield", k_ns, bench::yield},
    {"yield_pair", k_ns, bench::yield_pair},
    {"ping_pong", k_ns, bench::ping_pong},
    {"chan_uncontended", k_ns, bench::chan_uncontended},
    {"chan_spsc", k_ns, bench::chan_spsc},
    {"chan_mpmc", k_ns, bench::chan_mpmc},
    {"mutex_uncontended", k_ns, bench::mutex_uncontended},
    {"mutex_contended", k_ns, bench::mutex_contended},
    {"shared_mutex_read_1", k_ns, bench::shared_mutex_read_1},
    {"shared_mutex_read_2", k_ns, bench::shared_mutex_read_2},
    {"shared_mutex_90_10", k_ns, bench::shared_mutex_90_10},
    {"shared_mutex_50_50", k_ns, bench::shared_mutex_50_50},
    {"sharded_map_read", k_ns, bench::sharded_map_read},
    {"sharded_map_write", k_ns, bench::sharded_map_write},
    {"sync_map", k_ns, bench::sync_map},
    {"lockfree_stack", k_ns, bench::lockfree_stack},
    {"lockfree_queue", k_ns, bench::lockfree_queue},
    {"pool", k_ns, bench::pool},
    {"once_fast", k_ns, bench::once_fast},
    {"atomic_add", k_ns, bench::atomic_add},
    {"wait_group", k_ns, bench::wait_group},
    {"cond_ping_pong", k_ns, bench::cond_ping_pong},
    {"pipeline_100", k_ns, bench::pipeline_100},
    {"sleepers_10k", k_ms, bench::sleepers_10k},
};

}  // namespace

int main(int argc, char** argv) {
  const bench::command_line line(argc, argv);
  bench::use_processors(line.procs);
  for (const row& r : k_rows) {
    if (r.name != line.row) continue;
    bench::report(r.name, r.unit, bench::calibrate(r.run, line.min_time));
    return 0;
  }
  bench::no_such_row(line.row);
}
