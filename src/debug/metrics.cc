// SPDX-License-Identifier: Apache-2.0
// metrics.cc: /metrics, in Prometheus' text format.                                   Floor 6.
//
// Names and units as Prometheus wants them: base units, _total for what only grows. Nothing here
// waits for a worker.

#include "debug/endpoints.h"
#include "os/pages.h"
#include "runtime/scheduler.h"
#include "runtime/trace_points.h"
#include "runtime/wait_profile.h"

#include <weft/version.h>

#include <array>
#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

class metrics_text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += "# HELP " + name_ + ' ';
    text_ += help;
    text_ += "\n# TYPE " + name_ + ' ';
    text_ += type;
    text_ += '\n';
  }

  /// `labels` as in {state="running"}, or empty.
  void value(std::string_view labels, std::uint64_t v) {
    text_ += name_;
    text_ += labels;
    text_ += ' ' + std::to_string(v) + '\n';
  }

  void text(std::string_view suffix, std::string_view v) {
    text_ += name_;
    text_ += suffix;
    text_ += ' ';
    text_ += v;
    text_ += '\n';
  }

  void gauge(std::string_view name, std::uint64_t v, std::string_view help) {
    family(name, "gauge", help);
    value("", v);
  }

  void counter(std::string_view name, std::uint64_t v, std::string_view help) {
    family(name, "counter", help);
    value("", v);
  }

  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void write_goroutines(metrics_text& out, scheduler& s) {
  // In the order of goroutine_status.
  std::array<std::uint64_t, 5> by_status{};
  s.stacks.for_each([&](goroutine& g) { ++by_status[static_cast<std::size_t>(g.status.load())]; });
  out.family("weft_goroutines", "gauge", "Goroutines that have not ended, by state.");
  constexpr std::string_view k_states[] = {"", "{state=\"runnable\"}", "{state=\"running\"}",
                                           "{state=\"waiting\"}", "{state=\"blocking\"}"};
  for (std::size_t i = 1; i < by_status.size(); ++i) out.value(k_states[i], by_status[i]);
}

void write_counts(metrics_text& out, scheduler& s) {
  std::uint64_t started = s.thread_spawned.load();
  std::uint64_t finished = 0;
  std::uint64_t steals = 0;
  std::uint64_t parks = 0;
  std::uint64_t timers = 0;
  std::uint64_t queued = 0;
  s.for_each_processor([&](processor& p) {
    finished += p.counts.finished.load();
    started += p.counts.spawned.load();
    steals += p.counts.steals.load();
    parks += p.counts.parks.load();
    timers += p.timers.count();
    queued += p.queued() + (p.has_run_next() ? 1 : 0);
  });
  out.counter("weft_goroutines_started_total", started, "Goroutines started.");
  out.counter("weft_goroutines_ended_total", finished, "Goroutines that have ended.");
  out.counter("weft_parks_total", parks, "Times that a goroutine has blocked.");
  out.counter("weft_steals_total", steals, "Times that a processor took work from another.");
  out.counter("weft_stuck_stretches_total", s.findings.stuck_stretches.load(),
              "Times that a goroutine kept its processor for over 10 ms while work waited, and the "
              "work was given to another thread.");
  out.gauge("weft_timers", timers, "Timers that are running, those of sleepers included.");
  scheduler::load now = s.load_now();
  out.family("weft_run_queue_goroutines", "gauge", "Goroutines that wait for a processor.");
  out.value("{queue=\"local\"}", queued);
  out.value("{queue=\"global\"}", now.global_queue);
  out.gauge("weft_processors", now.processors, "How many goroutines may run at once.");
  out.gauge("weft_workers", now.workers, "Threads that run goroutines or stand by for it.");
  out.gauge("weft_workers_idle", now.idle, "Workers that have a processor and no work.");
  out.gauge("weft_workers_searching", now.searching, "Workers that look for work.");
  out.gauge("weft_blocking_calls", s.blocking_calls.load(), "Goroutines inside weft::blocking().");
  out.gauge("weft_threads_blocked", s.blocked_threads.load(),
            "Plain threads that a primitive of weft blocks.");
}

void write_stacks(metrics_text& out, scheduler& s) {
  stack_counts stacks = s.stacks.counts();
  out.gauge("weft_stacks", stacks.slots, "Stacks made so far, those waiting for reuse included.");
  out.gauge("weft_stacks_pooled", stacks.pooled, "Stacks that wait for reuse in the common pool.");
  out.gauge("weft_stacks_released", stacks.cold,
            "Pooled stacks whose memory has been given back to the system.");
  out.gauge("weft_stacks_without_guard", stacks.canary,
            "Stacks whose overflow is noticed only when their goroutine parks or ends.");
  out.gauge("weft_stack_address_space_bytes", stacks.bytes,
            "Address space of all stacks; memory is used for the pages that were touched.");
  out.family("weft_stack_guard_mode", "gauge",
             "How new stacks are guarded: 1 for the mode in use.");
  os::guard_mode mode = os::best_guard_mode();
  out.value("{mode=\"guard_install\"}", mode == os::guard_mode::guard_install ? 1 : 0);
  out.value("{mode=\"mprotect\"}", mode == os::guard_mode::protect ? 1 : 0);
  out.value("{mode=\"canary\"}", mode == os::guard_mode::canary ? 1 : 0);
}

std::string seconds(std::uint64_t ns) {
  char text[64];
  std::snprintf(text, sizeof text, "%.9f", static_cast<double>(ns) / 1e9);
  return text;
}

void write_lock_waits(metrics_text& out) {
  lock_waits waits = lock_waits_so_far();
  out.counter("weft_mutex_contentions_total", waits.count,
              "Unlocks of mutexes and shared_mutexes that others had waited for; estimated from "
              "one in eight, while somebody has asked within ten minutes.");
  out.family("weft_mutex_wait_seconds_total", "counter",
             "How long others had waited for them, all together.");
  out.text("", seconds(waits.ns));
}

// Bounds are powers of two of nanoseconds.
void write_latency(metrics_text& out, scheduler& s) {
  trace::watch_latency();
  std::array<std::uint64_t, k_latency_buckets> counts{};
  std::uint64_t sum = 0;
  s.for_each_processor([&](processor& p) {
    for (unsigned i = 0; i < k_latency_buckets; ++i) counts[i] += p.latency[i].load();
    sum += p.latency_ns.load();
  });
  constexpr std::string_view k_name = "weft_scheduling_latency_seconds";
  out.family(
      k_name, "histogram",
      "How long runnable goroutines waited for a processor; estimated, for few are measured where "
      "they are many, and while somebody has asked within ten minutes.");
  std::uint64_t below = 0;
  for (unsigned i = 0; i < k_latency_buckets; ++i) {
    below += counts[i];
    char bound[64];
    std::snprintf(bound, sizeof bound, "_bucket{le=\"%.9g\"}",
                  static_cast<double>(std::uint64_t{2} << i) / 1e9);
    out.value(bound, below);
  }
  out.value("_bucket{le=\"+Inf\"}", below);
  out.text("_sum", seconds(sum));
  out.value("_count", below);
}

}  // namespace

http_response metrics_endpoint(const http_request&) {
  metrics_text out;
  scheduler* s = scheduler::instance();
  out.family("weft_build_info", "gauge", "The version of weft; always 1.");
  out.value("{version=\"" + std::to_string(WEFT_VERSION_MAJOR) + '.' +
                std::to_string(WEFT_VERSION_MINOR) + '.' + std::to_string(WEFT_VERSION_PATCH) +
                "\"}",
            1);
  out.gauge("weft_up", s != nullptr ? 1 : 0, "Whether the runtime has been started.");
  if (s != nullptr) {
    write_goroutines(out, *s);
    write_counts(out, *s);
    write_stacks(out, *s);
    write_lock_waits(out);
    write_latency(out, *s);
  }
  http_response r;
  r.content_type = "text/plain; version=0.0.4; charset=utf-8";
  r.body = out.take();
  return r;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
