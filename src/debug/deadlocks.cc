// SPDX-License-Identifier: Apache-2.0
// deadlocks.cc: the wait-for graph of locks.                                          Floor 6.
//
// Each party waits for one lock at most, and a lock has one holder that is known: from every party
// there is one way to go, and a ring is found by walking it. A mutex keeps the mark of who locked
// it last, which is old for an instant after the next one has locked it: a ring counts only if it
// is still there, unchanged, some time later. A real one always is.

#include <weft/debug/deadlocks.h>

#include "debug/frozen.h"
#include "debug/tool_thread.h"
#include "runtime/thread_party.h"

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
constexpr std::size_t k_none = ~std::size_t{0};

struct node {
  goroutine* g = nullptr;  // or null: a plain thread
  std::uint64_t id = 0;    // the goroutine's, or the thread's
  std::int64_t parked_at = 0;
  std::uintptr_t low = 0;  // the stack in use
  std::uintptr_t high = 0;
  wait_target waits;
  std::size_t next = k_none;  // who holds what it waits for
  bool on_ring = false;
};

// What must be the same at the second look.
struct link {
  std::uint64_t id;
  std::int64_t parked_at;
  const void* lock;

  bool operator==(const link&) const = default;
};
using ring = std::vector<link>;

std::uintptr_t address_of(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

bool waits_for_lock(const wait_target& t) noexcept {
  return t.kind == wait_target::on::mutex || t.kind == wait_target::on::readers;
}

// A wait that a context can end, and the wait for a lock that nobody is known to hold, lead
// nowhere.
class graph {
 public:
  // Frozen.
  explicit graph(scheduler& s) {
    for (goroutine* g : all_goroutines(s)) {
      if (g->status.load() == goroutine_status::blocking) blocked_.push_back(g);
      if (!is_parked(*g)) continue;
      node n;
      n.g = g;
      n.id = g->id;
      n.parked_at = g->parked_at.load();
      n.low = address_of(g->sp);
      n.high = address_of(g->stack_high);
      n.waits = target_of(*g);
      nodes_.push_back(n);
    }
    for_each_parked_thread(
        [](thread_party& t, void* self) { static_cast<graph*>(self)->add_thread(t); }, this);
    by_stack_.reserve(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].low < nodes_[i].high) by_stack_.push_back(i);
    std::sort(by_stack_.begin(), by_stack_.end(),
              [this](std::size_t a, std::size_t b) { return nodes_[a].low < nodes_[b].low; });
    for (node& n : nodes_)
      if (waits_for_lock(n.waits) && n.waits.signal == nullptr && !n.waits.being_woken)
        n.next = holder_of(n.waits.object);
    mark_rings();
  }

  [[nodiscard]] std::vector<ring> rings() const {
    std::vector<ring> all;
    for (std::size_t first : starts_) {
      ring r;
      std::size_t i = first;
      do {
        r.push_back({nodes_[i].id, nodes_[i].parked_at, nodes_[i].waits.object});
        i = nodes_[i].next;
      } while (i != first);
      all.push_back(std::move(r));
    }
    return all;
  }

  // The k-th ring, in words. Frozen still.
  [[nodiscard]] deadlock describe_ring(std::size_t k) const {
    deadlock d;
    std::vector<bool> part(nodes_.size());
    std::size_t i = starts_[k];
    do {
      part[i] = true;
      d.ring.push_back(description(nodes_[i]));
      i = nodes_[i].next;
    } while (i != starts_[k]);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      if (part[n] || nodes_[n].on_ring) continue;
      std::size_t at = nodes_[n].next;
      for (std::size_t steps = 0; at != k_none && !part[at] && steps < nodes_.size(); ++steps)
        at = nodes_[at].next;
      if (at != k_none && part[at]) d.behind.push_back(description(nodes_[n]));
    }
    return d;
  }

 private:
  void add_thread(thread_party& t) {
    // [TP-4] relaxed: a look; one that has been woken is still held on the list, but waits no more.
    if (t.woken.load(relaxed) != 0) return;
    node n;
    n.id = static_cast<std::uint64_t>(t.tid);
    n.waits = target_of(t, t.why, t.commit, t.commit_arg);
    std::uintptr_t frame = address_of(t.frame);
    if (address_of(t.stack_low) <= frame && frame < address_of(t.stack_high)) {
      n.low = frame;
      n.high = address_of(t.stack_high);
    }
    // Inside blocking() a thread is on the stack of its goroutine.
    for (const goroutine* g : blocked_) {
      if (address_of(g->stack_low) <= frame && frame < address_of(g->stack_high)) {
        n.low = frame;
        n.high = address_of(g->stack_high);
      }
    }
    nodes_.push_back(n);
  }

  // Whose stack has the mark of who locked it.
  [[nodiscard]] std::size_t holder_of(const void* mutex) const {
    mutex_state m = look_at(*static_cast<const mutex_core*>(mutex));
    if (!m.locked || m.holder == stack_mark{}) return k_none;
    std::size_t found = k_none;
    for (std::size_t i : by_stack_) {
      std::uint32_t first = stack_mark::of(reinterpret_cast<void*>(nodes_[i].low)).page;
      std::uint32_t pages = static_cast<std::uint32_t>((nodes_[i].high >> stack_mark::k_shift) -
                                                       (nodes_[i].low >> stack_mark::k_shift));
      if (m.holder.page - first > pages) continue;
      if (found != k_none) return k_none;  // two that cannot be told apart
      found = i;
    }
    return found;
  }

  void mark_rings() {
    std::vector<std::size_t> seen(nodes_.size(), k_none);  // on the walk that began there
    for (std::size_t start = 0; start < nodes_.size(); ++start) {
      std::size_t i = start;
      while (i != k_none && seen[i] == k_none) {
        seen[i] = start;
        i = nodes_[i].next;
      }
      if (i == k_none || seen[i] != start) continue;
      starts_.push_back(i);
      for (std::size_t k = i; !nodes_[k].on_ring; k = nodes_[k].next) nodes_[k].on_ring = true;
    }
  }

  [[nodiscard]] static blocked_goroutine description(const node& n) {
    if (n.g != nullptr) return description_of(*n.g);
    blocked_goroutine d;
    d.name = "thread " + std::to_string(n.id);
    d.reason = n.waits.kind == wait_target::on::readers ? "sync.RWMutex.RLock" : "sync.Mutex.Lock";
    d.object = describe(n.waits);
    return d;
  }

  std::vector<node> nodes_;
  std::vector<const goroutine*> blocked_;  // in blocking()
  std::vector<std::size_t> by_stack_;
  std::vector<std::size_t> starts_;  // one node of each ring
};

std::vector<ring> rings_now(scheduler& s) {
  const frozen_scope frozen(s);
  return graph(s).rings();
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
  const graph now(*s);
  std::vector<ring> rings = now.rings();
  for (std::size_t i = 0; i < rings.size(); ++i) {
    if (!contains(before, rings[i])) continue;
    found.push_back(now.describe_ring(i));
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
