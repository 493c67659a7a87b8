// SPDX-License-Identifier: Apache-2.0
// page_graph.cc: who waits for what, as the live page shows it.                       Floor 6.

#include <weft/debug/deadlocks.h>

#include "debug/forgetful.h"
#include "debug/frozen.h"
#include "debug/page_data.h"
#include "debug/page_places.h"
#include "debug/wait_graph.h"
#include "os/clock.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

// With more waits than this, these are what is shown of them.
constexpr std::size_t k_most_waits = 2000;
constexpr std::size_t k_most_channels = 4;  // of a select
constexpr std::size_t k_rows = 12;
constexpr std::size_t k_groups = 6;

// "transfer() server.cc:31", the innermost frame that is the program's own: of a stack as in a
// dump, where each frame is a line with the function and one with the place.
std::string place_in(std::string_view stack) {
  while (!stack.empty()) {
    std::string_view function = stack.substr(0, stack.find('\n'));
    stack.remove_prefix(std::min(stack.size(), function.size() + 1));
    std::string_view place = stack.substr(0, stack.find('\n'));
    stack.remove_prefix(std::min(stack.size(), place.size() + 1));
    if (is_library(std::string(function)) || place.empty() || place.front() != '\t') continue;
    place.remove_prefix(1);
    place = place.substr(0, place.find(' '));
    if (std::size_t slash = place.rfind('/'); slash != std::string_view::npos)
      place.remove_prefix(slash + 1);
    return short_function(function) + " " + std::string(place);
  }
  return "?";
}

void append(std::vector<page_edge>& all, const deadlock& d) {
  for (std::size_t i = 0; i < d.ring.size(); ++i) {
    const blocked_goroutine& from = d.ring[i];
    const blocked_goroutine& to = d.ring[(i + 1) % d.ring.size()];
    // A plain thread has no stack here, but a name.
    all.push_back({from.id, from.id == 0 ? from.name : place_in(from.stack), from.object, to.id});
  }
}

// What is kept of a wait while the others stand still; names and lines are looked up later.
struct seen_wait {
  hidden_address object;
  std::uint64_t id;
  bool is_thread;
  wait_reason why;
  std::int64_t parked_at;
  stack_sample stack;
};

struct seen_object {
  page_object row;
  stack_sample holder;
};

class collector {
 public:
  // The graph is full of handles, and so gone before the world goes on.
  static collector look(scheduler& s) {
    const frozen_scope frozen(s);
    return collector(wait_graph(s));
  }

  // Frozen.
  explicit collector(const wait_graph& graph) {
    for (const wait_graph::node& n : graph.nodes()) {
      if (waits_.size() >= k_most_waits) break;
      if (!n.parked || n.waits.being_woken) continue;
      for (std::size_t i = 0; i < std::min(n.waits.count, k_most_channels); ++i) {
        wait_target one = n.waits;
        one.one = n.waits.channel(i);
        one.count = 1;
        one.object = nullptr;
        add(graph, n, one, one.one);
      }
      if (n.waits.object != nullptr && n.waits.count == 0) add(graph, n, n.waits, n.waits.object);
    }
  }

  // Thawed.
  std::vector<page_object> rows(page_places& places) {
    std::int64_t now = os::monotonic_now();
    for (seen_wait& w : waits_) group(objects_[w.object].row, w, places, now);
    std::map<std::string, page_object> merged;
    for (auto& [at, object] : objects_) {
      page_object& row = object.row;
      if (row.holder != 0 && object.holder.count != 0) row.holder_place = places.of(object.holder);
      std::sort(row.waiters.begin(), row.waiters.end(),
                [](const auto& a, const auto& b) { return a.count > b.count; });
      auto [place, fresh] = merged.try_emplace(key_of(row), row);
      if (!fresh) merge(place->second, row);
    }
    return sorted(merged);
  }

 private:
  void add(const wait_graph& graph, const wait_graph::node& n, const wait_target& t,
           const void* object) {
    auto [at, fresh] = objects_.try_emplace(hidden_address(object));
    seen_object& o = at->second;
    if (fresh) {
      o.row.what = describe(t);
      o.row.is_lock = waits_for_lock(t);
      o.holder.count = 0;
      if (o.row.is_lock) note_holder(o, graph, graph.holder_of(object));
    }
    if (n.on_ring && o.row.is_lock) o.row.on_ring = true;
    waits_.push_back({hidden_address(object), n.id, n.g == nullptr, t.why, n.parked_at, {}});
    waits_.back().stack.count = 0;
    if (n.g == nullptr) return;
    goroutine_state state;
    if (read_goroutine(*n.g, n.g == calling_goroutine(), state)) waits_.back().stack = state.stack;
  }

  static void note_holder(seen_object& o, const wait_graph& graph, std::size_t index) {
    if (index == wait_graph::k_none) return;
    const wait_graph::node& n = graph.nodes()[index];
    if (n.g == nullptr) {
      o.row.holder_state = "thread " + std::to_string(n.id);
      return;
    }
    goroutine_state state;
    if (!read_goroutine(*n.g, n.g == calling_goroutine(), state)) return;
    o.row.holder = n.id;
    o.holder = state.stack;
    o.row.holder_state =
        n.parked ? std::string(reason_text(state.why)) : (state.running ? "running" : "runnable");
  }

  static void group(page_object& row, const seen_wait& w, page_places& places, std::int64_t now) {
    std::string place = w.is_thread ? "thread " + std::to_string(w.id) : places.of(w.stack);
    std::string reason(reason_text(w.why));
    auto same = std::find_if(
        row.waiters.begin(), row.waiters.end(),
        [&](const page_waiters& other) { return other.place == place && other.reason == reason; });
    if (same == row.waiters.end())
      same = row.waiters.insert(same, {place, reason, 0, w.is_thread ? 0 : w.id, 0});
    ++same->count;
    ++row.waiting;
    if (w.parked_at != 0) same->oldest_ns = std::max(same->oldest_ns, now - w.parked_at);
  }

  // The same for objects that need one row only.
  static std::string key_of(const page_object& row) {
    if (row.on_ring) return row.what;
    std::string key = row.what.substr(0, row.what.find(' ')) + '\n' + row.holder_place + '\n';
    key += row.holder == 0 ? '-' : '+';
    for (const page_waiters& w : row.waiters) key += '\n' + w.place + '\n' + w.reason;
    return key;
  }

  static void merge(page_object& into, const page_object& row) {
    ++into.alike;
    into.waiting += row.waiting;
    for (std::size_t i = 0; i < into.waiters.size(); ++i) {
      into.waiters[i].count += row.waiters[i].count;
      into.waiters[i].oldest_ns = std::max(into.waiters[i].oldest_ns, row.waiters[i].oldest_ns);
    }
  }

  static std::vector<page_object> sorted(std::map<std::string, page_object>& merged) {
    // Those of one rank stay in order.
    std::multimap<std::tuple<bool, bool, std::int64_t>, page_object> ranked;
    for (auto& [key, row] : merged) {
      if (row.waiters.size() > k_groups) row.waiters.resize(k_groups);
      const std::tuple rank(!row.on_ring, !row.is_lock, -static_cast<std::int64_t>(row.waiting));
      ranked.emplace(rank, std::move(row));
    }
    std::vector<page_object> all;
    for (auto& [rank, row] : ranked) all.push_back(std::move(row));
    if (all.size() > k_rows) all.resize(k_rows);
    return all;
  }

  std::vector<seen_wait> waits_;
  std::map<hidden_address, seen_object> objects_;
};

}  // namespace

std::vector<page_edge> rings_of_locks() {
  std::vector<page_edge> all;
  for (const deadlock& d : find_deadlocks()) append(all, d);
  return all;
}

std::vector<page_object> waited_objects(page_places& places) {
  scheduler* s = scheduler::instance();
  if (s == nullptr) return {};
  return collector::look(*s).rows(places);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
