// SPDX-License-Identifier: Apache-2.0
// deadlocks.cc: rings in the wait-for graph, seen twice.                              Floor 6.

#include <weft/debug/deadlocks.h>

#include "debug/forgetful.h"
#include "debug/frozen.h"
#include "debug/tool_thread.h"
#include "debug/wait_graph.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <ostream>
#include <thread>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

constexpr std::chrono::milliseconds k_between_looks(60);

// What must be the same at the second look.
struct link {
  std::uint64_t id;
  std::int64_t parked_at;
  hidden_address lock;

  bool operator==(const link&) const = default;
};
using ring = std::vector<link>;

std::vector<ring> rings_of(const wait_graph& graph) {
  std::vector<ring> all;
  for (std::size_t first : graph.rings()) {
    ring r;
    std::size_t i = first;
    do {
      const wait_graph::node& n = graph.nodes()[i];
      r.push_back({n.id, n.parked_at, hidden_address(n.waits.object)});
      i = n.next;
    } while (i != first);
    all.push_back(std::move(r));
  }
  return all;
}

blocked_goroutine description(const wait_graph::node& n) {
  if (n.g != nullptr) return description_of(*n.g);
  blocked_goroutine d;
  d.name = "thread " + std::to_string(n.id);
  d.reason = n.waits.kind == wait_target::on::readers ? "sync.RWMutex.RLock" : "sync.Mutex.Lock";
  d.object = describe(n.waits);
  return d;
}

// The k-th ring, in words. Frozen still.
deadlock describe_ring(const wait_graph& graph, std::size_t k) {
  const wait_graph::node_list& nodes = graph.nodes();
  deadlock d;
  std::vector<bool> part(nodes.size());
  std::size_t i = graph.rings()[k];
  do {
    part[i] = true;
    d.ring.push_back(description(nodes[i]));
    i = nodes[i].next;
  } while (i != graph.rings()[k]);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (part[n] || nodes[n].on_ring) continue;
    std::size_t at = nodes[n].next;
    for (std::size_t steps = 0; at != wait_graph::k_none && !part[at] && steps < nodes.size();
         ++steps)
      at = nodes[at].next;
    if (at != wait_graph::k_none && part[at]) d.behind.push_back(description(nodes[n]));
  }
  return d;
}

std::vector<ring> rings_now(scheduler& s) {
  const frozen_scope frozen(s);
  return rings_of(wait_graph(s));
}

bool same_ring(const ring& a, const ring& b) {
  if (a.size() != b.size()) return false;
  auto start = std::find(b.begin(), b.end(), a.front());
  if (start == b.end()) return false;
  auto shift = static_cast<std::size_t>(start - b.begin());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] == b[(shift + i) % b.size()])) return false;
  return true;
}

bool contains(const std::vector<ring>& all, const ring& r) {
  return std::any_of(all.begin(), all.end(), [&](const ring& a) { return same_ring(a, r); });
}

// Deadlocks but for those in `known`, to which they are added.
std::vector<deadlock> find_new(std::vector<ring>& known) {
  std::vector<deadlock> found;
  scheduler* s = scheduler::instance();
  if (s == nullptr) return found;
  std::vector<ring> before = rings_now(*s);
  before.erase(std::remove_if(before.begin(), before.end(),
                              [&](const ring& r) { return contains(known, r); }),
               before.end());
  if (before.empty()) return found;
  std::this_thread::sleep_for(k_between_looks);
  const frozen_scope frozen(*s);
  const wait_graph now(*s);
  std::vector<ring> rings = rings_of(now);
  for (std::size_t i = 0; i < rings.size(); ++i) {
    if (!contains(before, rings[i])) continue;
    found.push_back(describe_ring(now, i));
    known.push_back(rings[i]);
  }
  return found;
}

}  // namespace

std::vector<deadlock> find_deadlocks() {
  std::vector<ring> known;
  return find_new(known);
}

std::string deadlock::text() const {
  std::string all = std::to_string(ring.size()) +
                    (ring.size() == 1 ? " party waits for itself:\n\n"
                                      : " parties wait for each other's locks:\n\n");
  for (const blocked_goroutine& g : ring) all += text_of(g) + "\n";
  if (!behind.empty()) all += "and behind them:\n\n";
  for (const blocked_goroutine& g : behind) all += text_of(g) + "\n";
  return all;
}

std::ostream& operator<<(std::ostream& out, const deadlock& d) { return out << d.text(); }

struct deadlock_watch::state {
  std::mutex lock;  // guards over
  std::condition_variable changed;
  bool over = false;
  std::thread thread;

  void run(std::chrono::nanoseconds interval, const std::function<void(const deadlock&)>& handler) {
    std::vector<ring> known;
    std::unique_lock hold(lock);
    while (!changed.wait_for(hold, interval, [this] { return over; })) {
      hold.unlock();
      for (const deadlock& d : find_new(known)) {
        if (handler) {
          handler(d);
        } else {
          std::fputs(("weft: deadlock: " + d.text()).c_str(), stderr);
        }
      }
      hold.lock();
    }
  }
};

deadlock_watch::deadlock_watch(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
deadlock_watch::deadlock_watch(deadlock_watch&& other) noexcept = default;

deadlock_watch& deadlock_watch::operator=(deadlock_watch&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

deadlock_watch::~deadlock_watch() {
  if (state_ == nullptr) return;
  {
    const std::lock_guard hold(state_->lock);
    state_->over = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

deadlock_watch watch_deadlocks(std::chrono::nanoseconds interval,
                               std::function<void(const deadlock&)> handler) {
  auto made = std::make_unique<deadlock_watch::state>();
  made->thread = start_tool_thread(
      [self = made.get(), interval, f = std::move(handler)] { self->run(interval, f); });
  return deadlock_watch(std::move(made));
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
