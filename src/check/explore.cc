// SPDX-License-Identifier: Apache-2.0
// explore.cc: execution after execution, and what came of them.                       Floor 6.

#include "check/describe.h"
#include "check/engine.h"
#include "check/exhaustive.h"
#include "check/random.h"
#include "check/samplers.h"
#include "check/schedule.h"

#include <weft/check.h>
#include <weft/panic.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <unordered_set>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

using weft::check::options;
using weft::check::race_action;
using weft::check::report;

constexpr std::uint64_t k_random_executions = 10'000;
constexpr std::size_t k_most_classes = 1 << 20;
constexpr std::uint64_t k_portfolio_each = 200;
constexpr std::uint64_t k_portfolio_exhaustive = 200'000;

struct subject {
  void (*body)(void*);
  void* arg;
};

// What tells behaviours apart: each event with all it depends on.
std::uint64_t class_of(const engine& e) noexcept {
  std::uint64_t sum = 0;
  auto mix = [](std::uint64_t h, std::uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15ULL;
    return h ^ (h >> 29);
  };
  for (const event& v : e.events) {
    if (v.past == nullptr) continue;
    std::uint64_t h = mix(v.what.who, v.own);
    h = mix(h, v.what.alt);
    h = mix(h, v.what.partner);
    h = mix(h, v.fails);
    h = mix(h, v.value);
    for (std::size_t i = 0; i < e.width; ++i) h = mix(h, v.past[i]);
    sum += h;
  }
  return sum;
}

class search {
 public:
  search(subject what, const options& o) : what_(what), options_(o) {
    engine_.max_steps = o.max_steps;
    engine_.stop_at_race = o.on_race == race_action::stop;
  }

  report& found() noexcept { return report_; }

  // False: over, one way or the other.
  bool run(strategy& s, const char* name, std::uint64_t most) {
    report_.strategy = name;
    for (std::uint64_t n = 0; (most == 0 || n < most) && s.begin(engine_); ++n) {
      outcome o = engine_.run(s, what_.body, what_.arg);
      if (o == outcome::pruned) {
        ++report_.pruned;
        continue;
      }
      if (o == outcome::crowded) return false;
      ++report_.executions;
      if (s.wants_dependence() && classes_.size() < k_most_classes &&
          classes_.insert(class_of(engine_)).second)
        ++report_.behaviours;
      if (!engine_.races.empty() && options_.on_race == race_action::report_only)
        note(outcome::race);
      if (o == outcome::finished) {
        if (on_result != nullptr) on_result(on_result_arg, engine_.reads_from);
        continue;
      }
      note(o);
      if (options_.stop_at_failure) return false;
    }
    return true;
  }

  /// After each execution that ended without a failure.
  void (*on_result)(void*, std::uint64_t reads_from) = nullptr;
  void* on_result_arg = nullptr;

  [[nodiscard]] bool crowded() const noexcept { return engine_.width_exceeded; }
  void widen() {
    engine_.width *= 2;
    engine_.width_exceeded = false;
    classes_.clear();
    report_ = report();
  }

  outcome run_recorded(std::vector<decision> decisions) {
    follow again(std::move(decisions));
    engine_.record = true;
    static_cast<void>(again.begin(engine_));
    outcome o = engine_.run(again, what_.body, what_.arg);
    engine_.record = false;
    return o;
  }

  // Puts down what the execution of these decisions comes to, after running it once more.
  void note(outcome o) {
    std::vector<decision> decisions = engine_.decisions;
    std::uint64_t fingerprint = engine_.fingerprint;
    std::vector<weft::check::finding>& list = list_of(o);
    constexpr std::size_t k_most = 20;
    if (list.size() >= k_most) return;
    if (o != outcome::mismatch) {
      outcome again = run_recorded(decisions);
      if (again != o && !(o == outcome::race && !engine_.races.empty())) o = outcome::mismatch;
    }
    list_of(o).push_back(describe(engine_, o));
    if (report_.trace == nullptr) report_.trace = trace_of(engine_, o);
    if (report_.schedule.empty()) report_.schedule = write_schedule(decisions, fingerprint);
  }

  engine& machine() noexcept { return engine_; }

 private:
  std::vector<weft::check::finding>& list_of(outcome o) noexcept {
    switch (o) {
      case outcome::race:
        return report_.races;
      case outcome::deadlock:
        return report_.deadlocks;
      case outcome::leak:
        return report_.leaks;
      default:
        return report_.failures;
    }
  }

  subject what_;
  options options_;
  engine engine_;
  report report_;
  std::unordered_set<std::uint64_t> classes_;
};

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
  bool fine = s.run(all, "exhaustive", most);
  s.found().complete = all.complete();
  return fine;
}

void run_portfolio(search& s, const options& o) {
  for (weft::check::strategy_kind kind : {weft::check::random, weft::check::pos, weft::check::pct,
                                          weft::check::urw, weft::check::delay}) {
    const char* name = nullptr;
    std::unique_ptr<strategy> sampler = make_sampler(kind, o, &name);
    if (!s.run(*sampler, name, k_portfolio_each)) return;
  }
  static_cast<void>(
      run_exhaustive(s, o, o.max_executions != 0 ? o.max_executions : k_portfolio_exhaustive));
}

void run_all(search& s, const options& o) {
  if (o.strategy == weft::check::portfolio) {
    run_portfolio(s, o);
  } else if (o.strategy == weft::check::exhaustive) {
    static_cast<void>(run_exhaustive(s, o, o.max_executions));
  } else {
    const char* name = nullptr;
    std::unique_ptr<strategy> sampler = make_sampler(o.strategy, o, &name);
    s.run(*sampler, name, o.max_executions != 0 ? o.max_executions : k_random_executions);
  }
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace
}  // namespace detail::checker

namespace check {
namespace detail {

namespace inner = weft::detail::checker;

report explore(void (*body)(void*), void* arg, const options& o) {
  auto start = std::chrono::steady_clock::now();
  inner::search s({body, arg}, o);
  if (const char* again = std::getenv("WEFT_REPLAY"); again != nullptr && *again != '\0')
    return replay(again, body, arg, o);
  for (;;) {
    inner::run_all(s, o);
    if (!s.crowded()) break;
    s.widen();
  }
  s.found().seconds = inner::seconds_since(start);
  return std::move(s.found());
}

report outcomes(void (*body)(void*), void* arg, void (*result)(void*, std::uint64_t),
                void* result_arg, memory_kind model, const options& o) {
  auto start = std::chrono::steady_clock::now();
  inner::search s({body, arg}, o);
  s.machine().stop_at_race = false;
  s.machine().model = model == sc ? inner::memory_model::sc : inner::memory_model::go;
  s.on_result = result;
  s.on_result_arg = result_arg;
  for (;;) {
    static_cast<void>(inner::run_exhaustive(s, o, o.max_executions));
    if (!s.crowded()) break;
    s.widen();
  }
  s.found().seconds = inner::seconds_since(start);
  return std::move(s.found());
}

report replay(std::string_view text, void (*body)(void*), void* arg, const options& o) {
  auto start = std::chrono::steady_clock::now();
  inner::search s({body, arg}, o);
  report& r = s.found();
  r.strategy = "replay";
  r.schedule = text;
  std::optional<inner::schedule> list = inner::read_schedule(text);
  if (!list) {
    r.failures.push_back({"this is no schedule of weft::check: " + std::string(text), {}});
    return std::move(r);
  }
  inner::outcome how = s.run_recorded(list->decisions);
  while (s.crowded()) {
    s.widen();
    how = s.run_recorded(list->decisions);
  }
  r.strategy = "replay";
  r.schedule = text;
  r.executions = 1;
  inner::engine& e = s.machine();
  constexpr std::uint64_t k_bits = 0xffffffff;
  bool fits = list->decisions.empty() || (e.fingerprint & k_bits) == (list->fingerprint & k_bits);
  if (how == inner::outcome::mismatch || !fits) {
    r.failures.push_back(inner::describe(e, inner::outcome::mismatch));
  } else if (how != inner::outcome::finished) {
    weft::check::finding f = inner::describe(e, how);
    r.trace = inner::trace_of(e, how);
    auto& to = how == inner::outcome::race       ? r.races
               : how == inner::outcome::deadlock ? r.deadlocks
               : how == inner::outcome::leak     ? r.leaks
                                                 : r.failures;
    to.push_back(std::move(f));
  }
  r.seconds = inner::seconds_since(start);
  return std::move(r);
}

}  // namespace detail

report run_once(void (*body)(void*), void* arg) {
  return detail::replay("w1:00000000:", body, arg, {});
}

void expect(bool cond, std::string_view what) {
  if (cond) return;
  weft::detail::checker::engine* e = weft::detail::checker::engine::active();
  if (e == nullptr) weft::detail::fatal("check::expect outside check::explore");
  e->fail(weft::detail::checker::outcome::failure, "failed: " + std::string(what));
}

void settle() {
  weft::detail::checker::engine* e = weft::detail::checker::engine::active();
  if (e == nullptr || e->current() == nullptr) throw panic("goroutine is not in a bubble");
  e->settle();
}

namespace detail {

namespace {

// A panic's text lives for ever.
const char* kept(const std::string& text) {
  static std::set<std::string> all;
  return all.insert(text).first->c_str();
}

}  // namespace

void bubble(void (*body)(void*), void* arg) {
  if (inner::engine::active() != nullptr)
    throw panic("synctest.Run called from within a synctest bubble");
  report r = replay("w1:00000000:", body, arg, {});
  if (!r.deadlocks.empty()) throw panic("deadlock: all goroutines in bubble are blocked");
  if (!r.leaks.empty())
    throw panic("deadlock: main bubble goroutine has exited but blocked goroutines remain");
  for (const auto* list : {&r.races, &r.failures})
    for (const finding& f : *list) throw panic(kept(f.what));
}

}  // namespace detail

unsigned choose(unsigned n) { return weft::detail::sched::choose(n); }

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
