// SPDX-License-Identifier: Apache-2.0
// leak_guard.cc: what a scope leaves behind.                                          Floor 6.
//
// Source: go.uber.org/goleak, for what it promises: compare, wait, compare again.

#include <weft/debug/leaks.h>

#include <weft/time.h>

#include "debug/frozen.h"
#include "debug/leak_search.h"
#include "runtime/fatal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds k_shortest_pause = std::chrono::microseconds(50);
constexpr nanoseconds k_longest_pause = std::chrono::milliseconds(20);
// All that is left has stood still for this many looks in a row, the last ones far apart.
constexpr int k_still_looks = 14;

// What has been seen of the goroutines that are left.
struct glance {
  std::size_t left = 0;
  std::size_t busy = 0;        // run, may run, or wait for a time
  std::uint64_t progress = 0;  // changes when one of them parks anew

  bool operator==(const glance&) const = default;
};

bool comes_back_by_itself(const goroutine& g) noexcept {
  wait_reason why = g.why.load();
  return !is_parked(g) || why == wait_reason::sleep || why == wait_reason::run_wait;
}

template <class F>
glance look_at_left(const F& is_ours) {
  glance seen;
  scheduler* s = scheduler::instance();
  if (s == nullptr) return seen;
  const frozen_scope frozen(*s);
  for (goroutine* g : all_goroutines(*s)) {
    if (!is_ours(*g)) continue;
    ++seen.left;
    if (comes_back_by_itself(*g)) ++seen.busy;
    seen.progress = seen.progress * 31 + g->id + static_cast<std::uint64_t>(g->parked_at.load()) +
                    static_cast<std::uint64_t>(g->why.load());
  }
  return seen;
}

}  // namespace

leak_guard::leak_guard(handler on_leak, nanoseconds patience)
    : on_leak_(std::move(on_leak)), patience_(patience) {
  scheduler* s = scheduler::instance();
  if (s == nullptr) return;
  const frozen_scope frozen(*s);
  for (const goroutine* g : all_goroutines(*s)) before_.push_back(g->id);
}

leak_guard::~leak_guard() {
  if (checked_) return;
  leak_report report = check();
  if (report.empty()) return;
  if (on_leak_) {
    on_leak_(report);
    return;
  }
  std::fputs(("weft: goroutines have leaked\n\n" + report.text()).c_str(), stderr);
  std::fflush(nullptr);
  std::_Exit(2);
}

void leak_guard::ignore(std::string_view name) { ignored_.emplace_back(name); }

bool leak_guard::is_ours(std::uint64_t id, const char* name) const {
  if (std::binary_search(before_.begin(), before_.end(), id)) return false;
  return name == nullptr || std::find(ignored_.begin(), ignored_.end(), name) == ignored_.end();
}

leak_report leak_guard::check() {
  const void* frame = WEFT_CALLERS_STACK();
  checked_ = true;
  const goroutine* self = calling_goroutine();
  auto ours = [&](const goroutine& g) { return &g != self && is_ours(g.id, g.name); };
  const auto give_up = std::chrono::steady_clock::now() + patience_;
  nanoseconds pause = k_shortest_pause;
  glance last;
  for (int still = 0; still < k_still_looks;) {
    glance now = look_at_left(ours);
    if (now.left == 0) return {{}, {}, true};
    still = now == last && now.busy == 0 ? still + 1 : 0;
    last = now;
    if (std::chrono::steady_clock::now() > give_up) break;
    sleep_for(pause);
    pause = std::min(pause * 2, k_longest_pause);
  }
  leak_report report = search_leaks(ours, frame);
  // All that is still there is a leak of this scope, whoever may wake it later.
  scheduler* s = scheduler::instance();
  const frozen_scope frozen(*s);
  for (goroutine* g : all_goroutines(*s)) {
    auto same = [g](const blocked_goroutine& b) { return b.id == g->id; };
    if (!ours(*g) || !is_parked(*g) ||
        std::any_of(report.certain.begin(), report.certain.end(), same) ||
        std::any_of(report.suspected.begin(), report.suspected.end(), same)) {
      continue;
    }
    report.suspected.push_back(description_of(*g));
  }
  return report;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
