// SPDX-License-Identifier: Apache-2.0
// main.cc: the Boost.Fiber side of the benchmark stand. Boost.Fiber has no select: those rows are
// absent.
//
// Each row names the scheduler that is quickest for it. Where no two fibers gain from running at
// once (one fiber, a pair, a pipeline) that is a single thread. chan_mpmc and mutex_contended are
// about several threads, so they run on several, which all look for work: on one thread neither has
// any contention. --scheduler NAME runs a row under another one.

#include "crew.h"
#include "rows.h"

#include <boost/version.hpp>

namespace {

struct row {
  std::string_view name;
  bench::unit unit;
  bench::scheduler scheduler;
  void (*run)(bench::ops n);
};

constexpr auto k_ns = bench::unit::nanoseconds;
constexpr auto k_ms = bench::unit::milliseconds;
constexpr auto k_single = bench::scheduler::round_robin;
constexpr auto k_shared_suspend = bench::scheduler::shared_work_suspend;
constexpr auto k_stealing = bench::scheduler::work_stealing;

constexpr row k_rows[] = {
    {"spawn_join", k_ns, k_single, bench::spawn_join},
    {"yield", k_ns, k_single, bench::yield},
    {"yield_pair", k_ns, k_single, bench::yield_pair},
    {"ping_pong", k_ns, k_single, bench::ping_pong},
    {"chan_uncontended", k_ns, k_single, bench::chan_uncontended},
    {"chan_spsc", k_ns, k_single, bench::chan_spsc},
    {"chan_mpmc", k_ns, k_stealing, bench::chan_mpmc},
    {"mutex_uncontended", k_ns, k_single, bench::mutex_uncontended},
    {"mutex_contended", k_ns, k_stealing, bench::mutex_contended},
    {"pipeline_100", k_ns, k_single, bench::pipeline_100},
    {"skynet_100k", k_ms, k_stealing, bench::skynet_100k},
    {"fib_20", k_ms, k_stealing, bench::fib_20},
    {"sleepers_10k", k_ms, k_shared_suspend, bench::sleepers_10k},
};
constexpr auto k_parked_scheduler = k_single;

bench::scheduler choose(bench::scheduler own, std::string_view asked) {
  if (asked == "round_robin") return k_single;
  if (asked == "shared_work") return bench::scheduler::shared_work;
  if (asked == "shared_work_suspend") return k_shared_suspend;
  if (asked == "work_stealing") return k_stealing;
  if (asked == "work_stealing_suspend") return bench::scheduler::work_stealing_suspend;
  return own;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts(BOOST_LIB_VERSION);
    return 0;
  }
  const bench::command_line line(argc, argv);
  if (line.row == "parked_1m") {
    const bench::crew crew(choose(k_parked_scheduler, line.scheduler), line.procs);
    const bench::parked_result parked = bench::parked_fibers(bench::parked_count());
    std::printf(
        "{\"scenario\":\"parked_1m\",\"unit\":\"s\",\"value\":%g,\"wake\":%g,\"bytes\":%g}\n",
        parked.start, parked.wake, parked.bytes);
    return 0;
  }
  for (const row& r : k_rows) {
    if (r.name != line.row) continue;
    const bench::crew crew(choose(r.scheduler, line.scheduler), line.procs);
    bench::report(r.name, r.unit, bench::calibrate(r.run, line.min_time));
    return 0;
  }
  bench::no_such_row(line.row);
}
