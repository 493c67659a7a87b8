// SPDX-License-Identifier: Apache-2.0
// page_findings.cc: saying what is wrong.                                             Floor 6.
//
// What a graph or a search through memory has shown is said as such. The rest is circumstance, and
// the words say that: goroutines that all wait for one lock; that have waited for one for long;
// that pile up in one place.

#include "debug/goroutines.h"
#include "debug/page_data.h"

#include <algorithm>
#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using detail::wait_reason;

// A mutex is handed on after a millisecond of waiting: who waits this long waits for a holder that
// does not let go.
constexpr std::int64_t k_stuck_ns = 2'000'000'000;
constexpr std::uint64_t k_hot_waiters = 3;
// Goroutines that wait at one place, old and new ones alike.
constexpr std::uint64_t k_pile = 20;
constexpr std::int64_t k_pile_ns = 1'000'000'000;

bool is_lock(wait_reason why) {
  return why == wait_reason::mutex_lock || why == wait_reason::shared_mutex_lock ||
         why == wait_reason::shared_mutex_lock_shared;
}

bool may_leak(wait_reason why) {
  return !is_lock(why) && why != wait_reason::sleep && why != wait_reason::run_wait &&
         why != wait_reason::none;
}

std::string seconds(std::int64_t ns) {
  char text[32];
  double s = static_cast<double>(ns) / 1e9;
  if (s >= 120) {
    std::snprintf(text, sizeof text, "%.0f minutes", s / 60);
  } else {
    std::snprintf(text, sizeof text, s < 10 ? "%.1f s" : "%.0f s", s);
  }
  return text;
}

std::string several(std::uint64_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

// A cycle among the edges, beginning with the first edge that is on one.
std::vector<page_edge> cycle(const std::vector<page_edge>& graph) {
  for (const page_edge& start : graph) {
    std::vector<page_edge> path{start};
    while (path.size() <= graph.size()) {
      auto next = std::find_if(graph.begin(), graph.end(),
                               [&](const page_edge& e) { return e.from == path.back().to; });
      if (next == graph.end()) break;
      if (next->from == start.from) return path;
      path.push_back(*next);
    }
  }
  return {};
}

std::string party(std::uint64_t id) {
  return id == 0 ? "a plain thread" : "goroutine " + std::to_string(id);
}

void find_cycle(const page_data& d, std::vector<page_finding>& out) {
  std::vector<page_edge> loop = cycle(d.rings);
  if (loop.empty()) return;
  std::string detail;
  for (const page_edge& e : loop) {
    if (!detail.empty()) detail += "; ";
    detail +=
        party(e.from) + " at " + e.from_place + " waits for " + e.what + ", held by " + party(e.to);
  }
  if (loop.size() == 1) {
    detail = "It locks a second time: " + detail + ". It will never run again.";
  } else {
    detail = "In a ring: " + detail + ". They will never run again.";
  }
  out.push_back({page_level::bad,
                 "Deadlock: " + several(loop.size(), "goroutine waits for itself",
                                        "goroutines wait for each other"),
                 detail});
}

void find_stuck_locks(const page_data& d, std::vector<page_finding>& out) {
  std::uint64_t n = 0;
  std::int64_t longest = 0;
  std::string places;
  for (const page_wait& w : d.waits) {
    if (!is_lock(w.why) || w.newest_ns < k_stuck_ns) continue;
    n += w.count;
    longest = std::max(longest, w.oldest_ns);
    places += (places.empty() ? "" : "; ") + std::to_string(w.count) + " at " + w.place;
  }
  if (n == 0) return;
  bool several_places = places.find(';') != std::string::npos;
  out.push_back(
      {page_level::bad,
       several_places ? "Deadlock, it seems: " + several(n, "goroutine has", "goroutines have") +
                            " waited for locks for " + seconds(longest)
                      : "A lock is not let go: " + several(n, "goroutine has", "goroutines have") +
                            " waited for it for " + seconds(longest),
       "Waiting: " + places + ". " +
           (several_places ? "Locks taken in different orders in these places would explain it."
                           : "Look for the goroutine that took the lock and now waits itself.")});
}

void find_hot_locks(const page_data& d, std::vector<page_finding>& out) {
  for (const page_wait& w : d.waits) {
    if (!is_lock(w.why) || w.count < k_hot_waiters || w.newest_ns >= k_stuck_ns) continue;
    std::string detail = "On average " + std::to_string(w.count) + " of " +
                         std::to_string(d.goroutines) + " goroutines wait there";
    if (w.site != "?") detail += ", most of them created in " + w.site;
    detail += ". They run one at a time: hold the lock for shorter, or split what it guards.";
    if (!d.contention.empty()) {
      detail += " Most time was lost to the unlock at " + d.contention[0].place + ": " +
                seconds(d.contention[0].delay_ns) + " in all.";
    }
    out.push_back({page_level::bad, "A hot lock, taken at " + w.place, detail});
  }
}

void find_piles(const page_data& d, std::vector<page_finding>& out) {
  for (const page_wait& w : d.waits) {
    if (!may_leak(w.why) || w.count < k_pile || w.oldest_ns < k_pile_ns) continue;
    // They have come at all times: each quarter of the time has left some of them.
    std::uint64_t all = w.by_age[0] + w.by_age[1] + w.by_age[2] + w.by_age[3];
    bool steady = std::all_of(w.by_age.begin(), w.by_age.end(),
                              [&](std::uint64_t n) { return n * 12 >= all; });
    if (!steady) continue;
    auto rate = static_cast<double>(all) * 1e9 / static_cast<double>(w.oldest_ns);
    char per_second[48];
    std::snprintf(per_second, sizeof per_second, rate < 10 ? "%.1f" : "%.0f", rate);
    out.push_back(
        {page_level::bad, "Goroutines pile up: " + std::to_string(w.count) + " wait at " + w.place,
         "Created in " + w.site + ", they wait there (" + std::string(reason_text(w.why)) +
             ") and do not go on: the oldest for " + seconds(w.oldest_ns) + ", and about " +
             per_second + " more come every second. It looks like a leak: nobody wakes them."});
  }
}

void find_overload(const page_data& d, std::vector<page_finding>& out) {
  std::uint64_t runnable = 0;
  for (const page_count& c : d.states)
    if (c.what == "runnable") runnable = c.count;
  if (d.procs == 0 || runnable < std::uint64_t{16} * d.procs) return;
  out.push_back({page_level::warning,
                 several(runnable, "goroutine waits", "goroutines wait") + " for a processor",
                 "There are " + several(d.procs, "processor", "processors") +
                     ", and more work than they can do at once."});
}

}  // namespace

std::vector<page_finding> judge(const page_data& d) {
  std::vector<page_finding> out;
  find_cycle(d, out);
  if (out.empty()) find_stuck_locks(d, out);
  find_hot_locks(d, out);
  find_piles(d, out);
  find_overload(d, out);
  if (out.empty()) {
    out.push_back({page_level::good, "Nothing looks wrong",
                   several(d.goroutines, "goroutine", "goroutines") + " on " +
                       several(d.procs, "processor", "processors") +
                       ": no lock is contended much, none is held for long, and no goroutines "
                       "pile up."});
  }
  // A handful: those of one level stay in order.
  for (auto next = out.begin(); next != out.end(); ++next) {
    auto place = std::upper_bound(out.begin(), next, *next,
                                  [](const auto& a, const auto& b) { return a.level < b.level; });
    std::rotate(place, next, next + 1);
  }
  return out;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
