// SPDX-License-Identifier: Apache-2.0
// explore.cc: which strategies, for how long.                                         Floor 6.

#include "check/exhaustive.h"
#include "check/random.h"
#include "check/replay.h"
#include "check/samplers.h"
#include "check/search.h"

#include <weft/check.h>
#include <weft/panic.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

using weft::check::options;

constexpr std::uint64_t k_random_executions = 10'000;
constexpr std::uint64_t k_portfolio_each = 200;
constexpr std::uint64_t k_portfolio_unbounded = 50'000;
constexpr std::uint64_t k_portfolio_bounded = 150'000;  // of all bounds together

// A strategy that draws schedules, and the name it has in reports.
std::unique_ptr<strategy> make_sampler(weft::check::strategy_kind kind, const options& o,
                                       const char** name) {
  switch (kind) {
    case weft::check::pos:
      *name = "pos";
      return make_pos(o.seed);
    case weft::check::pct:
      *name = "pct";
      return make_pct(o.seed, o.depth);
    case weft::check::urw:
      *name = "urw";
      return make_urw(o.seed);
    case weft::check::delay:
      *name = "delay";
      return make_delay(o.seed, o.depth);
    default:
      *name = "random";
      return std::make_unique<random_walk>(o.seed);
  }
}

// False: a failure.
bool run_exhaustive(search& s, const options& o, std::uint64_t most) {
  exhaustive all(o.preemption_bound, o.reduce);
  all.share(o.shard, o.shards);
  bool fine = s.run(all, "exhaustive", most);
  s.found().complete = all.complete();
  if (all.exhausted()) s.found().bound = o.preemption_bound;
  return fine;
}

// With 0, 1, 2, ... preemptions, as far as so many executions reach. False: a failure.
bool run_growing(search& s, const options& o, std::uint64_t most) {
  constexpr int k_most_preemptions = 100;
  int last = o.preemption_bound >= 0 ? o.preemption_bound : k_most_preemptions;
  std::uint64_t before = s.found().executions + s.found().pruned;
  for (int bound = 0; bound <= last; ++bound) {
    std::uint64_t spent = s.found().executions + s.found().pruned - before;
    if (most != 0 && spent >= most) return true;
    exhaustive all(bound, o.reduce);
    all.share(o.shard, o.shards);
    std::string name = "exhaustive, at most " + std::to_string(bound) +
                       (bound == 1 ? " preemption" : " preemptions");
    if (!s.run(all, name.c_str(), most == 0 ? 0 : most - spent)) return false;
    if (!all.exhausted()) return true;
    s.found().bound = bound;
    s.found().complete = all.complete();
    if (all.complete()) return true;
  }
  return true;
}

// Of max_executions the samplers have half at most.
void run_portfolio(search& s, const options& o) {
  std::uint64_t each = k_portfolio_each;
  if (o.max_executions != 0)
    each = std::min(each, std::max<std::uint64_t>(o.max_executions / 10, 1));
  for (weft::check::strategy_kind kind : {weft::check::random, weft::check::pos, weft::check::pct,
                                          weft::check::urw, weft::check::delay}) {
    const char* name = nullptr;
    std::unique_ptr<strategy> sampler = make_sampler(kind, o, &name);
    if (!s.run(*sampler, name, each)) return;
    if (o.max_executions != 0 && s.found().executions >= o.max_executions) return;
  }
  std::uint64_t most = k_portfolio_unbounded;
  if (o.max_executions != 0) most = o.max_executions - s.found().executions;
  if (!run_exhaustive(s, o, most) || s.found().complete || o.max_executions != 0) return;
  if (o.preemption_bound < 0) static_cast<void>(run_growing(s, o, k_portfolio_bounded));
}

void run_all(search& s, const options& o) {
  if (o.strategy == weft::check::portfolio) {
    run_portfolio(s, o);
  } else if (o.strategy == weft::check::exhaustive) {
    static_cast<void>(run_exhaustive(s, o, o.max_executions));
  } else if (o.strategy == weft::check::growing) {
    static_cast<void>(run_growing(s, o, o.max_executions));
  } else {
    const char* name = nullptr;
    std::unique_ptr<strategy> sampler = make_sampler(o.strategy, o, &name);
    s.run(*sampler, name, o.max_executions != 0 ? o.max_executions : k_random_executions);
  }
}

// ThreadSanitizer's runtime: it would be told what the checker has to know.
extern "C" __attribute__((weak)) void* __tsan_create_fiber(unsigned flags);

// Why a search would find nothing wrong, whatever there is; empty if it would.
std::string why_in_vain(const options& o) {
  if (&__tsan_create_fiber != nullptr)
    return "the program is linked with -fsanitize=thread: compile with it, but link without it";
  if (o.shard >= o.shards) {
    return "options: there is no shard " + std::to_string(o.shard) + " of " +
           std::to_string(o.shards) + "; the first is 0";
  }
  if (o.strategy > weft::check::delay)
    return "options: there is no strategy " + std::to_string(o.strategy);
  if (o.preemption_bound < -1) {
    return "options: preemption_bound is " + std::to_string(o.preemption_bound) +
           "; at most so many preemptions, or -1: any number";
  }
  if (o.depth == 0) return "options: depth is 0; pct has one priority at least";
  if (o.max_steps == 0) return "options: max_steps is 0; no execution has fewer";
  return {};
}

std::optional<weft::check::report> refusal(const options& o) {
  refuse_nesting();
  std::string why = why_in_vain(o);
  if (why.empty()) return std::nullopt;
  weft::check::report r;
  r.name = o.name;
  r.strategy = "nothing was run";
  r.failures.push_back({std::move(why), {}});
  return r;
}

}  // namespace

void refuse_nesting() {
  if (current_party().kind == party_kind::goroutine)
    throw panic("check: a search within a goroutine; it takes a plain thread");
}

}  // namespace detail::checker

namespace check {
namespace detail {

namespace inner = weft::detail::checker;

report explore(void (*body)(void*), void* arg, const options& o) {
  if (auto refused = inner::refusal(o)) return std::move(*refused);
  inner::search s({body, arg}, o);
  if (const char* again = inner::schedule_asked_for()) {
    report r = inner::run_again(s, again);
    inner::keep_picture(r);
    return r;
  }
  for (;;) {
    inner::run_all(s, o);
    if (!s.unprepared()) break;
    s.prepare();
  }
  s.stop_the_clock();
  inner::save_if_long(s.found());
  inner::keep_picture(s.found());
  return std::move(s.found());
}

report outcomes(void (*body)(void*), void* arg, void (*result)(void*, std::uint64_t),
                void* result_arg, memory_kind model, const options& o) {
  if (auto refused = inner::refusal(o)) return std::move(*refused);
  inner::search s({body, arg}, o);
  s.machine().stop_at_race = false;
  s.machine().model = model == sc         ? inner::memory_model::sc
                      : model == coherent ? inner::memory_model::coherent
                                          : inner::memory_model::go;
  s.machine().tear = o.tear;
  s.on_result = result;
  s.on_result_arg = result_arg;
  if (const char* again = inner::schedule_asked_for()) return inner::run_again(s, again);
  for (;;) {
    static_cast<void>(inner::run_exhaustive(s, o, o.max_executions));
    if (!s.unprepared()) break;
    s.prepare();
  }
  s.stop_the_clock();
  return std::move(s.found());
}

}  // namespace detail
}  // namespace check
}  // namespace weft::inline WEFT_WORLD
