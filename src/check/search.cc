// SPDX-License-Identifier: Apache-2.0
// search.cc: see search.h.                                                            Floor 6.

#include "check/search.h"

#include "check/describe.h"
#include "check/mix.h"
#include "check/random.h"
#include "check/schedule.h"
#include "check/shrink.h"

#include <unistd.h>
#include <algorithm>
#include <bit>
#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

using weft::check::race_action;

constexpr std::size_t k_most_classes = 1 << 20;
constexpr std::size_t k_most_findings = 20;   // of a kind
constexpr std::size_t k_most_recorded = 200;  // executions that are run again to be described
constexpr std::uint64_t k_between_looks = 256;

// What tells behaviours apart: each event with all it depends on.
std::uint64_t class_of(engine& e) noexcept {
  std::uint64_t sum = 0;
  auto name = [&](std::uint16_t g) { return g < e.goroutines() ? e.at(g).lineage : 0; };
  for (const event& v : e.events) {
    if (v.past == nullptr) continue;
    std::uint64_t h = mix(name(v.what.who), v.own);
    h = mix(h, v.what.alt);
    h = mix(h, name(v.what.partner));
    h = mix(h, v.fails);
    h = mix(h, v.value);
    std::uint64_t past = 0;
    for (std::size_t i = 0; i < e.goroutines(); ++i)
      if (v.past[i] != 0) past += mix(e.at(i).lineage, v.past[i]);
    sum += mix(h, past);
  }
  return sum;
}

}  // namespace

search::search(subject what, const weft::check::options& o)
    : what_(what), options_(o), terminal_(isatty(STDERR_FILENO) != 0) {
  engine_.max_steps = o.max_steps;
  engine_.max_accesses = o.max_accesses;
  engine_.stop_at_race = o.on_race == race_action::stop;
  engine_.adversarial_time = o.adversarial_time;
  report_.name = o.name;
}

search::~search() {
  if (line_) std::fputs("\r\033[K", stderr);
}

void search::stop_the_clock() {
  report_.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool search::run(strategy& s, const char* name, std::uint64_t most) {
  report_.strategy = name;
  for (std::uint64_t n = 0; (most == 0 || n < most) && s.begin(engine_); ++n) {
    outcome o = engine_.run(s, what_.body, what_.arg);
    if (n % k_between_looks == 0 && terminal_) show_progress(s);
    if (o == outcome::pruned || !s.counts()) {
      ++report_.pruned;
      continue;
    }
    if (o == outcome::unprepared) return false;
    ++report_.executions;
    if (s.wants_dependence() && classes_.size() < k_most_classes &&
        classes_.insert(class_of(engine_)).second)
      ++report_.behaviours;
    if (!engine_.races.empty() && options_.on_race == race_action::report_only) note(outcome::race);
    if (o == outcome::finished) {
      if (on_result != nullptr) on_result(on_result_arg, engine_.graph());
      if (!s.compares() && std::has_single_bit(n + 1) && !does_the_same()) return false;
      continue;
    }
    note(o);
    if (options_.stop_at_failure) return false;
  }
  return true;
}

void search::prepare() {
  if (std::exchange(engine_.width_exceeded, false)) engine_.width *= 2;
  if (std::exchange(engine_.counts_looked_at, false)) engine_.counts_are_points = true;
  classes_.clear();
  raced_.clear();
  recorded_ = 0;
  report_ = weft::check::report();
  report_.name = options_.name;
}

outcome search::run_again(std::vector<decision> decisions, bool record) {
  follow again(std::move(decisions));
  engine_.record = record;
  static_cast<void>(again.begin(engine_));
  outcome o = engine_.run(again, what_.body, what_.arg);
  engine_.record = false;
  return o;
}

// The last execution once more, and if it is another one, again: what is done the first time only,
// such as the initialization of a static variable, does no harm.
bool search::does_the_same() {
  const std::vector<decision> decisions = engine_.decisions;
  auto was = std::pair(outcome::finished, engine_.fingerprint);
  for (int i = 0; i < 2; ++i) {
    auto is = std::pair(run_again(decisions, false), engine_.fingerprint);
    if (is.first == outcome::unprepared || is == was) return true;
    was = is;
  }
  engine_.mismatch =
      "the test does not do the same each time: its goroutines went on in the same order, and came "
      "to something else";
  add(outcome::mismatch);
  return false;
}

// The first failure is made as simple as it can be; of every one the report says what there is.
void search::note(outcome o) {
  if (list_of(o).size() >= k_most_findings || recorded_++ >= k_most_recorded) return;
  failing f{o, engine_.decisions, engine_.fingerprint};
  bool first = report_.schedule.empty();
  // Of what never ends, one that goes round alone would be the simplest, and hide that it does not
  // end in other orders either.
  bool wanted = o != outcome::mismatch && o != outcome::bound && options_.shrink && !unprepared();
  if (first && wanted) f = shrink(engine_, what_.body, what_.arg, f);
  if (o != outcome::mismatch) {
    outcome again = run_recorded(f.decisions);
    if (again != o && !(o == outcome::race && !engine_.races.empty())) {
      o = outcome::mismatch;
      engine_.mismatch =
          "the test does not do the same each time: what failed went otherwise when "
          "the same was done again";
    }
  }
  add(o);
  if (first && o != outcome::mismatch)
    report_.schedule = write_schedule(f.decisions, f.fingerprint);
}

// Of races, each pair of sites once; where the search stops, the one that it stops for.
void search::add(outcome o) {
  auto trace = trace_of(engine_, o);
  bool all = o == outcome::race && options_.on_race != weft::check::stop;
  std::size_t n = all ? engine_.races.size() : 1;
  for (std::size_t i = 0; i < n && list_of(o).size() < k_most_findings; ++i) {
    if (all) {
      const race_found& r = engine_.races[i];
      if (!raced_.insert(std::minmax(r.now.stack, r.before.stack)).second) continue;
    }
    weft::check::finding f = describe(engine_, o, i);
    if (!trace->rows.empty() || o != outcome::mismatch)
      f.text += weft::check::detail::table(*trace);
    list_of(o).push_back(std::move(f));
  }
  if (report_.trace != nullptr) return;
  report_.trace = std::move(trace);
  report_.preemptions = engine_.preemptions;
}

void search::show_progress(const strategy& s) {
  auto now = std::chrono::steady_clock::now();
  if (now - shown_ < std::chrono::seconds(1)) return;
  shown_ = now;
  line_ = true;
  double seconds = std::chrono::duration<double>(now - start_).count();
  double part = s.progress();
  std::fprintf(stderr, "\r\033[Kweft::check: %s%s%s, %llu executions in %.0f s",
               report_.name.c_str(), report_.name.empty() ? "" : ", ", report_.strategy.c_str(),
               static_cast<unsigned long long>(report_.executions), seconds);
  if (part > 0) std::fprintf(stderr, ", about %.2g %% of all", 100 * part);
}

std::vector<weft::check::finding>& search::list_of(outcome o) noexcept {
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

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
