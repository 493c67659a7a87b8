// SPDX-License-Identifier: Apache-2.0
// lock_order.cc: which lock is taken while which is held, and whether that can go round. Floor 6.
//
// A graph of locks: an edge from A to B says that somebody asked for B while holding A, and keeps
// the first stack that did. Before an edge is added, a way from B to A is looked for: with it, the
// edges are a ring. Each edge keeps the locks that were held every time; those besides A and B are
// its gates: two edges of a ring with a gate in common cannot be travelled at the same time.
// Source: the lock order graph of Eraser's successors; S. Bensalem and K. Havelund, "Dynamic
// Deadlock Analysis of Multi-threaded Programs", 2005, for the gates.

#include <weft/debug/lock_order.h>

#include <weft/detail/sync/lock_order.h>

#include "debug/frozen.h"
#include "debug/goroutines.h"
#include "debug/symbols.h"

#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <span>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

std::string lock_inversion::text() const {
  std::string all = "locks are taken in orders that can deadlock:\n\n";
  for (const lock_step& s : ring) {
    all += s.goroutine != 0 ? "goroutine " + std::to_string(s.goroutine) : "a thread";
    if (!s.name.empty()) all += " [" + s.name + "]";
    all += " held " + s.held + " and asked for " + s.wanted + ":\n" + s.stack + "it had locked " +
           s.held + " at:\n" + s.held_at + "\n";
  }
  return all;
}

std::ostream& operator<<(std::ostream& out, const lock_inversion& i) { return out << i.text(); }

#if WEFT_ASSERT_LEVEL >= 3
namespace {

constexpr std::size_t k_most_edges = 1 << 16;
// Of more locks than these that somebody holds, the latest get an edge to the next one.
constexpr std::size_t k_most_edges_at_once = 64;

// A lock's address, but in a form that find_leaks() does not take for a handle.
enum class lock_name : std::uintptr_t {};

lock_name name_of(const void* lock) noexcept {
  return lock_name{~reinterpret_cast<std::uintptr_t>(lock)};
}

struct hold {
  lock_name lock;
  std::uintptr_t at;
};

// Sorted. What is asked for at one time gives one list to many edges.
using lock_list = std::shared_ptr<const std::vector<lock_name>>;

struct edge {
  std::uint64_t who = 0;
  std::string name;
  std::uintptr_t held_at = 0;
  stack_sample stack;
  lock_list always_held;  // the lock that the edge comes from is one of them
};

using way = std::vector<std::pair<lock_name, lock_name>>;

std::vector<lock_name> in_both(const lock_list& a, const lock_list& b) {
  std::vector<lock_name> both;
  std::set_intersection(a->begin(), a->end(), b->begin(), b->end(), std::back_inserter(both));
  return both;
}

struct order_graph {
  std::mutex lock;                                       // guards the rest
  std::map<std::uint64_t, std::vector<hold>> held;       // by holder
  std::map<lock_name, std::map<lock_name, edge>> edges;  // from, to
  std::map<lock_name, std::set<lock_name>> sources;      // to, from
  std::size_t edge_count = 0;
  std::set<std::set<lock_name>> reported;
  std::function<void(const lock_inversion&)> handler;

  edge* find(lock_name from, lock_name to) {
    auto out = edges.find(from);
    if (out == edges.end()) return nullptr;
    auto e = out->second.find(to);
    return e == out->second.end() ? nullptr : &e->second;
  }

  // Appends a shortest way from `start` to `goal`, if there is one. Breadth first, and not by
  // recursion: the caller may be on a small stack.
  bool append_way(lock_name start, lock_name goal, way& path) {
    std::map<lock_name, lock_name> came_from{{start, start}};
    std::deque<lock_name> next{start};
    while (!next.empty() && came_from.count(goal) == 0) {
      const lock_name at = next.front();
      next.pop_front();
      auto out = edges.find(at);
      if (out == edges.end()) continue;
      for (const auto& [to, e] : out->second)
        if (came_from.emplace(to, at).second) next.push_back(to);
    }
    if (came_from.count(goal) == 0) return false;
    way back;
    for (lock_name at = goal; at != start; at = came_from[at]) back.emplace_back(came_from[at], at);
    path.insert(path.end(), back.rbegin(), back.rend());
    return true;
  }

  void forget(lock_name gone) {
    if (auto out = edges.extract(gone); !out.empty()) {
      edge_count -= out.mapped().size();
      for (const auto& [to, e] : out.mapped()) {
        auto in = sources.find(to);
        in->second.erase(gone);
        if (in->second.empty()) sources.erase(in);
      }
    }
    if (auto in = sources.extract(gone); !in.empty()) {
      for (lock_name from : in.mapped()) {
        auto out = edges.find(from);
        edge_count -= out->second.erase(gone);
        if (out->second.empty()) edges.erase(out);
      }
    }
  }

  // Whether two of these edges were always taken under one further lock.
  bool is_gated(const way& ring) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      for (std::size_t k = i + 1; k < ring.size(); ++k) {
        for (lock_name gate : in_both(find(ring[i].first, ring[i].second)->always_held,
                                      find(ring[k].first, ring[k].second)->always_held)) {
          if (gate != ring[i].first && gate != ring[i].second && gate != ring[k].first &&
              gate != ring[k].second)
            return true;
        }
      }
    }
    return false;
  }
};

// Leaked: locks are still used when static objects are destroyed.
order_graph& graph() {
  static auto* g = new order_graph;
  return *g;
}

std::uint64_t caller_id() noexcept {
  if (const goroutine* g = calling_goroutine()) return g->id;
  return (std::uint64_t{1} << 63) | static_cast<std::uint64_t>(gettid());
}

std::string in_hex(lock_name lock) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%zx", ~static_cast<std::uintptr_t>(lock));
  return text;
}

std::string place(std::uintptr_t pc) {
  stack_sample t;
  t.pcs[0] = pc;
  t.count = 1;
  std::string text;
  text += stack_text(t);
  return text;
}

lock_inversion describe_ring(order_graph& g, const way& ring) {
  lock_inversion found;
  for (const auto& [from, to] : ring) {
    const edge& e = *g.find(from, to);
    lock_step s;
    s.goroutine = (e.who >> 63) != 0 ? 0 : e.who;
    s.name = e.name;
    s.held = in_hex(from);
    s.wanted = in_hex(to);
    s.held_at = place(e.held_at);
    s.stack += stack_text(e.stack);
    found.ring.push_back(std::move(s));
  }
  return found;
}

lock_list names_of(const std::vector<hold>& all) {
  std::vector<lock_name> names;
  for (const hold& h : all) names.push_back(h.lock);
  std::ranges::sort(names);
  return std::make_shared<const std::vector<lock_name>>(std::move(names));
}

// Holds: g.lock. What to report, if the edge from `h`, one of `all`, to `lock` closes a ring.
std::optional<lock_inversion> add_edge(order_graph& g, const lock_list& all, const hold& h,
                                       lock_name lock, const stack_sample& stack) {
  edge* e = g.find(h.lock, lock);
  if (e != nullptr) {
    std::vector<lock_name> still = in_both(e->always_held, all);
    if (still.size() == e->always_held->size()) return std::nullopt;
    e->always_held = std::make_shared<const std::vector<lock_name>>(std::move(still));
  } else {
    if (g.edge_count == k_most_edges) return std::nullopt;
    ++g.edge_count;
    e = &g.edges[h.lock][lock];
    g.sources[lock].insert(h.lock);
    e->who = caller_id();
    if (const goroutine* self = calling_goroutine(); self != nullptr && self->name != nullptr)
      e->name = self->name;
    e->held_at = h.at;
    e->stack = stack;
    e->always_held = all;
  }
  way ring{{h.lock, lock}};
  if (!g.append_way(lock, h.lock, ring) || g.is_gated(ring)) return std::nullopt;
  std::set<lock_name> locks;
  for (const auto& step : ring) locks.insert(step.first);
  if (!g.reported.insert(locks).second) return std::nullopt;
  return describe_ring(g, ring);
}

}  // namespace

void on_lock_inversion(std::function<void(const lock_inversion&)> handler) {
  order_graph& g = graph();
  const std::lock_guard hold_graph(g.lock);
  g.handler = std::move(handler);
  g.reported.clear();
}

#else
// NOLINTNEXTLINE(performance-unnecessary-value-param): at level 3 it is kept
void on_lock_inversion(std::function<void(const lock_inversion&)> /*handler*/) {}
#endif

}  // namespace debug

#if WEFT_ASSERT_LEVEL >= 3
namespace detail::lock_order {

using namespace debug;

void locking(const void* address) noexcept {
  lock_name lock = name_of(address);
  order_graph& g = graph();
  std::vector<lock_inversion> found;
  std::function<void(const lock_inversion&)> handler;
  {
    const std::lock_guard hold_graph(g.lock);
    auto mine = g.held.find(caller_id());
    if (mine == g.held.end()) return;
    const std::vector<hold>& all = mine->second;
    if (std::any_of(all.begin(), all.end(), [&](const hold& h) { return h.lock == lock; })) return;
    stack_sample stack;
    const lock_list names = names_of(all);
    std::size_t skipped = all.size() - std::min(all.size(), k_most_edges_at_once);
    for (const hold& h : std::span(all).subspan(skipped)) {
      // Unwinding is dear: only for what has not been seen before.
      if (g.find(h.lock, lock) == nullptr && stack.count == 0)
        static_cast<void>(capture_stack(stack));
      if (auto inversion = add_edge(g, names, h, lock, stack)) found.push_back(*inversion);
    }
    handler = g.handler;
  }
  for (const lock_inversion& i : found) {
    if (handler) {
      handler(i);
    } else {
      std::fputs(("weft: " + i.text()).c_str(), stderr);
    }
  }
}

void locked(const void* address) noexcept {
  lock_name lock = name_of(address);
  auto at = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  order_graph& g = graph();
  const std::lock_guard hold_graph(g.lock);
  g.held[caller_id()].push_back({lock, at});
}

void unlocked(const void* address) noexcept {
  lock_name lock = name_of(address);
  order_graph& g = graph();
  const std::lock_guard hold_graph(g.lock);
  auto take_from = [&](auto holder) {
    std::vector<hold>& all = holder->second;
    for (auto h = all.rbegin(); h != all.rend(); ++h) {
      if (h->lock != lock) continue;
      all.erase(std::next(h).base());
      if (all.empty()) g.held.erase(holder);
      return true;
    }
    return false;
  };
  if (auto mine = g.held.find(caller_id()); mine != g.held.end() && take_from(mine)) return;
  // On behalf of another.
  for (auto holder = g.held.begin(); holder != g.held.end(); ++holder)
    if (take_from(holder)) return;
}

void destroyed(const void* address) noexcept {
  lock_name lock = name_of(address);
  order_graph& g = graph();
  const std::lock_guard hold_graph(g.lock);
  g.forget(lock);
  std::erase_if(g.reported, [&](const std::set<lock_name>& locks) { return locks.count(lock); });
  for (auto holder = g.held.begin(); holder != g.held.end();) {
    std::erase_if(holder->second, [&](const hold& h) { return h.lock == lock; });
    holder = holder->second.empty() ? g.held.erase(holder) : std::next(holder);
  }
}

}  // namespace detail::lock_order
#endif

}  // namespace weft::inline WEFT_WORLD
