// SPDX-License-Identifier: Apache-2.0
// wait_graph.cc: see wait_graph.h.                                                    Floor 6.

#include "debug/wait_graph.h"

#include "debug/frozen.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace debug {

using namespace detail;

namespace {

std::uintptr_t address_of(const void* p) noexcept { return reinterpret_cast<std::uintptr_t>(p); }

}  // namespace

// A wait that a context can end, and the wait for a lock that nobody is known to hold, lead
// nowhere.
wait_graph::wait_graph(scheduler& s) {
  for (goroutine* g : all_goroutines(s)) add_goroutine(*g);
  for_each_parked_thread(
      [](thread_party& t, void* self) { static_cast<wait_graph*>(self)->add_thread(t); }, this);
  note_stacks();
  for (node& n : nodes_)
    if (waits_for_lock(n.waits) && n.waits.signal == nullptr && !n.waits.being_woken)
      n.next = holder_of(n.waits.object);
  mark_rings();
}

void wait_graph::add_goroutine(goroutine& g) {
  node n;
  n.g = &g;
  n.id = g.id;
  n.high = address_of(g.stack_high);
  n.parked = is_parked(g);
  if (n.parked) {
    n.parked_at = g.parked_at.load();
    n.low = address_of(g.sp);
    n.waits = target_of(g);
  } else {
    n.low = address_of(g.stack_low);
    if (g.status.load() == goroutine_status::blocking) blocked_.push_back(nodes_.size());
  }
  nodes_.push_back(n);
}

void wait_graph::add_thread(thread_party& t) {
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
  // Inside blocking() a thread is on the stack of its goroutine, and is the one that waits.
  for (std::size_t i : blocked_) {
    node& of = nodes_[i];
    if (of.low > frame || frame >= of.high) continue;
    n.low = frame;
    n.high = of.high;
    of.low = of.high = 0;
  }
  nodes_.push_back(n);
}

void wait_graph::note_stacks() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const node& n = nodes_[i];
    if (n.low >= n.high) continue;
    auto more = static_cast<std::uint32_t>((n.high >> stack_mark::k_shift) -
                                           (n.low >> stack_mark::k_shift));
    stacks_.push_back({stack_mark::of(reinterpret_cast<void*>(n.low)).page, more, i});
    most_pages_ = std::max(most_pages_, more);
  }
  std::sort(stacks_.begin(), stacks_.end(),
            [](const stack& a, const stack& b) { return a.first < b.first; });
}

std::size_t wait_graph::holder_of(const void* mutex) const {
  mutex_state m = look_at(*static_cast<const mutex_core*>(mutex));
  if (!m.locked || m.holder == stack_mark{}) return k_none;
  auto above = std::upper_bound(stacks_.begin(), stacks_.end(), m.holder.page,
                                [](std::uint32_t page, const stack& s) { return page < s.first; });
  auto at = static_cast<std::size_t>(above - stacks_.begin());
  std::size_t found = k_none;
  // Downwards, and around: numbers of pages are modulo 2^32.
  for (std::size_t steps = 0; steps < stacks_.size(); ++steps) {
    at = (at == 0 ? stacks_.size() : at) - 1;
    const stack& s = stacks_[at];
    std::uint32_t into = m.holder.page - s.first;
    if (into > most_pages_) break;
    if (into > s.more) continue;
    if (found != k_none) return k_none;  // two that cannot be told apart
    found = s.node;
  }
  return found;
}

void wait_graph::mark_rings() {
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

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
