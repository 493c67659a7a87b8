// SPDX-License-Identifier: Apache-2.0
// replay.cc: running a schedule again; bubbles, which are one execution.              Floor 6.
//
// A schedule file has the schedule in its first line, and below it each step after a '#', so that
// a person can read it, and so that it can be said where a changed program differs.

#include "check/replay.h"

#include "check/describe.h"
#include "check/schedule.h"
#include "check/search.h"
#include "check/stacks.h"

#include <weft/check.h>
#include <weft/panic.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <set>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

using weft::check::report;
using weft::check::detail::trace;

constexpr std::size_t k_line = 400;  // what a person would paste

std::string step_line(const trace& t, std::size_t i) {
  const trace::row& r = t.rows[i];
  std::string who = r.who < t.lanes.size() ? t.lanes[r.who].name : "nobody";
  return "# " + std::to_string(t.before + i + 1) + "\t" + who + ": " + r.text + "\t" + r.site;
}

std::size_t number_of(const std::string& line) {
  std::size_t n = 0;
  std::from_chars(line.data() + std::min<std::size_t>(2, line.size()), line.data() + line.size(),
                  n);
  return n;
}

std::string without_site(const std::string& line) { return line.substr(0, line.rfind('\t')); }

struct recipe {
  std::string schedule;
  std::vector<std::string> steps;  // as step_line() writes them; empty: not known
};

// A schedule, or the name of a file with one.
recipe read(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  recipe r{std::string(text), {}};
  if (text.starts_with("w1:")) return r;
  std::ifstream in(r.schedule);
  std::string first;
  if (!std::getline(in, first)) return r;
  r.schedule = first;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("# ") && line.find('\t') != std::string::npos) r.steps.push_back(line);
  return r;
}

// Where the program does something else than the file says; empty if nowhere.
std::string difference(const recipe& was, const trace& now) {
  // Of long ones both have the end only.
  const std::size_t first = was.steps.empty() ? 0 : number_of(was.steps.front());
  for (std::size_t i = 0; i < was.steps.size(); ++i) {
    const std::size_t n = first + i;
    if (n < now.before + 1) continue;
    std::string is = n - now.before - 1 < now.rows.size() ? step_line(now, n - now.before - 1)
                                                          : std::string("nothing");
    if (without_site(is) == without_site(was.steps[i])) continue;
    auto shown = [](std::string line) {
      std::size_t tab = line.find('\t');
      if (tab != std::string::npos) line.erase(0, tab + 1);
      if (std::size_t at = line.rfind('\t'); at != std::string::npos) line[at] = ' ';
      return line;
    };
    return "step " + std::to_string(n) + " was '" + shown(was.steps[i]) + "', and is now '" +
           shown(is) + "'";
  }
  return {};
}

bool save(const report& r, const std::string& path) {
  std::ofstream out(path);
  out << r.schedule << '\n';
  out << "# weft::check, " << r.name << ": " << (r.trace == nullptr ? "" : r.trace->title) << '\n';
  if (r.trace != nullptr)
    for (std::size_t i = 0; i < r.trace->rows.size(); ++i) out << step_line(*r.trace, i) << '\n';
  return static_cast<bool>(out.flush());
}

}  // namespace

void save_if_long(report& r) {
  if (r.name.empty() || r.schedule.size() <= k_line) return;
  std::string path = r.name + ".schedule";
  for (char& c : path)
    if (c == '/') c = '.';
  if (save(r, path)) r.schedule_file = path;
}

void keep_picture(report& r) {
  static std::uint64_t nameless = 0;
  const char* folder = std::getenv("WEFT_CHECK_PICTURES");
  if (folder == nullptr || *folder == '\0' || r.ok() || r.trace == nullptr) return;
  std::string file = r.name.empty() ? "check-" + std::to_string(++nameless) : r.name;
  std::ranges::replace(file, '/', '.');
  std::string path = std::string(folder) + "/" + file + ".html";
  if (r.html(path)) r.picture = path;
}

const char* schedule_asked_for() noexcept {
  const char* text = std::getenv("WEFT_REPLAY");
  return text != nullptr && *text != '\0' ? text : nullptr;
}

report run_again(search& s, std::string_view text) {
  report& r = s.found();
  recipe known = read(text);
  std::optional<schedule> list = read_schedule(known.schedule);
  if (!list) {
    r.strategy = "replay";
    r.failures.push_back(
        {"this is no schedule of weft::check, nor a file with one: " + std::string(text), {}});
    return std::move(r);
  }
  outcome how = s.run_recorded(list->decisions);
  while (s.unprepared()) {
    s.prepare();
    how = s.run_recorded(list->decisions);
  }
  r.strategy = "replay";
  r.schedule = known.schedule;
  r.executions = 1;
  engine& e = s.machine();
  constexpr std::uint64_t k_bits = 0xffffffff;
  bool fits = list->decisions.empty() || (e.fingerprint & k_bits) == (list->fingerprint & k_bits);
  if (how == outcome::mismatch || !fits) {
    s.add(outcome::mismatch);
    if (std::string where = difference(known, *r.trace); !where.empty())
      r.failures.front().what += ": " + where;
  } else if (how != outcome::finished) {
    s.add(how);
  } else if (s.on_result != nullptr) {
    s.on_result(s.on_result_arg, e.graph());
  }
  s.stop_the_clock();
  return std::move(r);
}

}  // namespace detail::checker

namespace check {

bool report::save(const std::string& path) const {
  return !schedule.empty() && weft::detail::checker::save(*this, path);
}

namespace detail {

namespace inner = weft::detail::checker;

report replay(std::string_view text, void (*body)(void*), void* arg, const options& o) {
  inner::refuse_nesting();
  inner::search s({body, arg}, o);
  return inner::run_again(s, text);
}

}  // namespace detail

namespace {

// One that is no part of a search: in it, or outside of all, or in another one's goroutine.
report single_execution(void (*body)(void*), void* arg, bool bubble) {
  constexpr std::size_t k_steps = 1'000'000;
  constexpr std::size_t k_width = 256;  // for fewer goroutines it is done once
  using namespace weft::detail::checker;
  std::optional<engine::own_work> others;
  if (engine* outer = engine::active()) others.emplace(*outer);
  search s({body, arg}, {.max_steps = k_steps});
  s.machine().bubble = s.machine().time_ends_with_main = bubble;
  s.machine().width = k_width;
  s.machine().never_again = true;
  outcome how = s.run_again({}, true);
  while (s.unprepared()) {
    s.prepare();
    how = s.run_again({}, true);
  }
  s.found().executions = 1;
  if (how != outcome::finished) s.add(how);
  s.stop_the_clock();
  return std::move(s.found());
}

bool in_bubble() noexcept {
  weft::detail::checker::engine* e = weft::detail::checker::engine::active();
  return e != nullptr && e->current() != nullptr && e->bubble;
}

}  // namespace

report detail::run_once(void (*body)(void*), void* arg) {
  return single_execution(body, arg, false);
}

void expect(bool cond, std::string_view what) {
  if (cond) return;
  weft::detail::checker::engine* e = weft::detail::checker::engine::active();
  if (e == nullptr) weft::detail::fatal("check::expect outside check::explore");
  e->fail(weft::detail::checker::outcome::failure, "failed: " + std::string(what));
}

bool detail::assertion_failed(const char* file, int line, const char* message) {
  weft::detail::checker::engine* e = weft::detail::checker::engine::active();
  if (e == nullptr || e->current() == nullptr) return false;
  const weft::detail::checker::engine::own_work here(*e);
  std::string_view path = file == nullptr ? "" : file;
  std::string place = std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(line);
  // GoogleTest's own lock. Its frames are not to be walked over.
  if (e->record && !e->steps.empty() && e->steps.back().what.op == weft::detail::sched::op::lock &&
      weft::detail::checker::user_site(e->steps.back().stack).empty()) {
    e->steps.pop_back();
    e->current()->last_step = -1;
  }
  std::string what = "failed: " + place + ": ";
  bool space = false;
  for (char c : std::string_view(message)) {
    bool blank = c == ' ' || c == '\n';
    if (!blank || !space) what += blank ? ' ' : c;
    space = blank;
  }
  while (what.ends_with(' ')) what.pop_back();
  e->fail_soon(std::move(what), message);
  if (e->failed_at.empty()) e->failed_at = std::move(place);
  return true;
}

void settle() {
  if (!in_bubble()) throw panic("goroutine is not in a bubble");
  weft::detail::checker::engine::active()->settle();
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
  if (in_bubble()) throw panic("synctest.Run called from within a synctest bubble");
  report r = single_execution(body, arg, true);
  for (const auto* list : {&r.deadlocks, &r.leaks, &r.races, &r.failures})
    for (const finding& f : *list) std::fputs(f.text.c_str(), stderr);
  if (!r.deadlocks.empty()) throw panic("deadlock: all goroutines in bubble are blocked");
  if (!r.leaks.empty())
    throw panic("deadlock: main bubble goroutine has exited but blocked goroutines remain");
  for (const auto* list : {&r.races, &r.failures})
    for (const finding& f : *list) throw panic(kept(f.what));
}

}  // namespace detail

unsigned choose(unsigned n) {
  if (n == 0) {
    weft::detail::checker::engine* e = weft::detail::checker::engine::active();
    if (e == nullptr) weft::detail::fatal("check::choose: no number is below 0");
    e->fail(weft::detail::checker::outcome::failure, "check::choose: no number is below 0");
    return 0;
  }
  return weft::detail::sched::choose(n);
}

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
