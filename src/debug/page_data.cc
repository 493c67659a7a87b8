// SPDX-License-Identifier: Apache-2.0
// page_data.cc: collecting what the live page shows.                                  Floor 6.
//
// A goroutine that waits for a lock does so for a moment only: several looks, a few milliseconds
// apart, show where goroutines mostly are.

#include "debug/page_data.h"

#include <weft/debug/profiles.h>

#include "debug/goroutines.h"
#include "debug/page_places.h"
#include "debug/profile.h"
#include "os/clock.h"
#include "runtime/trace_points.h"

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <tuple>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

using namespace detail;

constexpr int k_looks = 4;
constexpr std::chrono::milliseconds k_pause{12};
// With more goroutines than this one look has to do.
constexpr std::size_t k_many = 5000;
constexpr std::size_t k_rows = 12;

/// What is kept of a goroutine while the others stand still.
struct sighting {
  bool running;
  goroutine_status status;
  wait_reason why;
  std::int64_t parked_at;
  std::uint64_t parent;
  std::uintptr_t creator;
  std::string name;
  stack_sample stack;
};

class collector {
 public:
  page_data run() {
    identify();
    std::vector<std::int64_t> slept_before = slept();
    std::int64_t began = os::monotonic_now();
    std::size_t looks = 0;
    for (int i = 0; i < k_looks; ++i) {
      if (i != 0) std::this_thread::sleep_for(k_pause);
      std::vector<sighting> all = look();
      ++looks;
      for (const sighting& s : all) count(s, i == k_looks - 1 || all.size() > k_many);
      d_.goroutines = all.size();
      if (all.size() > k_many) break;
    }
    finish(looks);
    processors(slept_before, os::monotonic_now() - began);
    contention();
    d_.rings = rings_of_locks();
    d_.graph = waited_objects(places_);
    d_.findings = judge(d_);
    return std::move(d_);
  }

 private:
  void identify() {
    char path[256] = "?";
    if (ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1); n > 0) path[n] = '\0';
    std::string_view whole = path;
    d_.program = whole.substr(whole.rfind('/') + 1);
    d_.pid = getpid();
    if (scheduler* s = scheduler::instance()) d_.procs = s->target();
  }

  std::vector<sighting> look() {
    std::vector<sighting> all;
    for_each_goroutine([&](const goroutine_state& g) {
      all.push_back(
          {g.running, g.status, g.why, g.parked_at, g.parent_id, g.creator, g.name, g.stack});
    });
    d_.now_ns = os::monotonic_now();
    return all;
  }

  std::string site_of(const sighting& s) {
    goroutine_state g;
    g.parent_id = 1;  // a plain thread's go() has a place, too
    g.creator = s.creator;
    auto [at, fresh] = sites_by_pc_.try_emplace(s.creator);
    if (fresh) {
      std::optional<frame> f = creation_site(g);
      at->second = f ? short_place(*f) : "weft::run()";
    }
    return s.name.empty() ? at->second : s.name + ", " + at->second;
  }

  void count(const sighting& s, bool last) {
    std::string state = "runnable";
    if (s.status == goroutine_status::waiting) state = reason_text(s.why);
    if (s.running) state = s.status == goroutine_status::blocking ? "blocking call" : "running";
    std::string place = s.running ? "" : places_.of(s.stack);
    std::string site = site_of(s);
    ++states_[state];
    auto& of_site = sites_[site];
    ++of_site[place.empty() ? state : state + " at " + place];
    if (s.running || s.status != goroutine_status::waiting) return;
    waits& w = waits_[{s.why, place}];
    ++w.seen;
    ++w.sites[site];
    // Zero: parked before the coarse clock had begun.
    if (last && s.parked_at != 0) w.ages.push_back(d_.now_ns - s.parked_at);
  }

  struct waits {
    std::uint64_t seen = 0;
    std::map<std::string, std::uint64_t> sites;
    std::vector<std::int64_t> ages;
  };

  static std::uint64_t mean(std::uint64_t seen, std::size_t looks) {
    return (seen + looks / 2) / looks;
  }

  static std::vector<page_count> sorted(const std::map<std::string, std::uint64_t>& all,
                                        std::size_t looks) {
    std::vector<page_count> out;
    for (const auto& [what, seen] : all)
      if (std::uint64_t n = mean(seen, looks); n != 0) out.push_back({what, n});
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tie(b.count, a.what) < std::tie(a.count, b.what);
    });
    return out;
  }

  template <class T>
  static void most(std::vector<T>& rows) {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(b.count, a.place) < std::tie(a.count, b.place);
    });
    if (rows.size() > k_rows) rows.resize(k_rows);
  }

  void finish(std::size_t looks) {
    d_.states = sorted(states_, looks);
    for (const auto& [place, doing] : sites_) {
      page_site s{place, 0, sorted(doing, looks)};
      std::uint64_t seen = 0;
      for (const auto& [what, n] : doing) seen += n;
      s.count = mean(seen, looks);
      if (s.doing.size() > 4) s.doing.resize(4);
      if (s.count != 0) d_.sites.push_back(std::move(s));
    }
    most(d_.sites);
    for (auto& [key, w] : waits_) {
      page_wait row;
      std::tie(row.why, row.place) = key;
      row.count = mean(w.seen, looks);
      auto site = std::max_element(w.sites.begin(), w.sites.end(),
                                   [](auto& a, auto& b) { return a.second < b.second; });
      row.site = site->first;
      ages(row, w.ages);
      if (row.count != 0) d_.waits.push_back(std::move(row));
    }
    most(d_.waits);
  }

  static void ages(page_wait& row, std::vector<std::int64_t>& ages) {
    if (ages.empty()) return;
    row.oldest_ns = std::max<std::int64_t>(*std::max_element(ages.begin(), ages.end()), 0);
    row.newest_ns = std::max<std::int64_t>(*std::min_element(ages.begin(), ages.end()), 0);
    for (std::int64_t age : ages) {
      std::int64_t quarter = row.oldest_ns == 0 ? 0 : 4 * age / (row.oldest_ns + 1);
      ++row.by_age[static_cast<std::size_t>(std::clamp<std::int64_t>(quarter, 0, 3))];
    }
  }

  static std::vector<std::int64_t> slept() {
    std::vector<std::int64_t> all;
    scheduler* s = scheduler::instance();
    if (s == nullptr) return all;
    bool unused = false;
    s->for_each_processor([&](processor& p) { all.push_back(s->slept(p, &unused)); });
    return all;
  }

  void processors(const std::vector<std::int64_t>& before, std::int64_t elapsed) {
    scheduler* s = scheduler::instance();
    if (s == nullptr) return;
    d_.started = s->thread_spawned.load();
    d_.stuck_stretches = s->findings.stuck_stretches.load();
    d_.latency.assign(k_latency_buckets, 0);
    s->for_each_processor([&](processor& p) {
      d_.started += p.counts.spawned.load();
      d_.parks += p.counts.parks.load();
      d_.steals += p.counts.steals.load();
      for (unsigned i = 0; i < k_latency_buckets; ++i) d_.latency[i] += p.latency[i].load();
      if (!p.live.load()) return;
      page_processor row;
      row.index = p.index;
      row.slept_ns = s->slept(p, &row.asleep);
      if (p.index < before.size() && elapsed > 0) {
        auto idle = static_cast<double>(row.slept_ns - before[p.index]);
        row.busy = std::clamp(1 - idle / static_cast<double>(elapsed), 0.0, 1.0);
      }
      if (worker* w = p.owner.load(); w != nullptr && !row.asleep) {
        // The number of a goroutine may be another's by now; it is shown, nothing more.
        if (goroutine* g = w->current.load(); g != nullptr) row.goroutine = g->id;
      }
      row.queued = p.queued() + (p.has_run_next() ? 1 : 0);
      row.steals = p.counts.steals.load();
      d_.processors.push_back(row);
    });
  }

  void contention() {
    d_.contention_on = set_mutex_profile_fraction(-1) > 0;
    const profile_kind* mutexes = find_profile_kind("mutex");
    if (!d_.contention_on || mutexes == nullptr) return;
    std::map<std::string, page_contention> by_place;
    for (const profile_sample& s : take_profile(*mutexes).samples) {
      stack_sample stack{};
      stack.count = std::min(s.pcs.size(), std::size(stack.pcs));
      std::copy_n(s.pcs.begin(), stack.count, stack.pcs);
      page_contention& row = by_place[places_.of(stack)];
      row.count += s.values[0];
      row.delay_ns += s.values[1];
    }
    for (auto& [place, row] : by_place) {
      row.place = place;
      d_.contention.push_back(row);
    }
    std::sort(d_.contention.begin(), d_.contention.end(),
              [](const auto& a, const auto& b) { return a.delay_ns > b.delay_ns; });
    if (d_.contention.size() > k_rows) d_.contention.resize(k_rows);
  }

  page_data d_;
  page_places places_;
  std::map<std::uintptr_t, std::string> sites_by_pc_;
  std::map<std::string, std::uint64_t> states_;
  std::map<std::string, std::map<std::string, std::uint64_t>> sites_;
  std::map<std::pair<wait_reason, std::string>, waits> waits_;
};

}  // namespace

page_data collect_page() {
  // From the first look at the page on; what was before is not in the histogram.
  trace::watch_latency();
  return collector().run();
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
