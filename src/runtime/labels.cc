// SPDX-License-Identifier: Apache-2.0
// labels.cc: see labels.h.                                                            Floor 3.

#include "runtime/labels.h"

#include <weft/detail/os/lock.h>

#include "runtime/worker.h"

#include <algorithm>
#include <cstdlib>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::size_t k_locks = 16;

struct alignas(k_cache_line) label_lock_line {
  lock guard{lock_rank::leaf};
};
constinit label_lock_line g_locks[k_locks];

lock& label_lock(const goroutine& g) noexcept {
  return g_locks[(reinterpret_cast<std::uintptr_t>(&g) >> 12) * 0x9E3779B97F4A7C15 >> 60].guard;
}

goroutine* calling_goroutine() noexcept {
  worker* w = current_worker();
  if (w == nullptr) return nullptr;
  goroutine* g = w->current.load(relaxed);  // [LB-1] relaxed: own.
  return g == &w->base ? nullptr : g;
}

label_set* exchange(goroutine& g, label_set* labels) noexcept {
  lock_scope hold(label_lock(g));
  return std::exchange(g.labels, labels);
}

}  // namespace

label_set* make_labels(label_pairs pairs) {
  label_pairs last;
  for (auto& p : pairs) {
    auto at = std::find_if(last.begin(), last.end(), [&](auto& l) { return l.first == p.first; });
    if (at != last.end()) {
      at->second = std::move(p.second);
    } else {
      last.push_back(std::move(p));
    }
  }
  std::sort(last.begin(), last.end());
  if (last.empty()) return nullptr;
  auto* set = new label_set;
  set->pairs = std::move(last);
  return set;
}

label_set* share_labels(label_set* labels) noexcept {
  // [LB-2] relaxed: whoever shares has a share already.
  if (labels != nullptr) labels->users.fetch_add(1, relaxed);
  return labels;
}

void drop_labels(label_set* labels) noexcept {
  // [LB-3] acq_rel decrement; pairs with itself: the last one sees all the others.
  if (labels != nullptr && labels->users.fetch_sub(1, acq_rel) == 1) delete labels;
}

label_set* exchange_labels(label_set* labels) noexcept {
  goroutine* g = calling_goroutine();
  return g == nullptr ? labels : exchange(*g, labels);
}

label_set* own_labels() noexcept {
  goroutine* g = calling_goroutine();
  return g == nullptr ? nullptr : share_labels(g->labels);
}

void read_identity(goroutine& g, std::string& name, label_pairs& labels) {
  lock_scope hold(label_lock(g));
  name = g.name != nullptr ? g.name : "";
  labels.clear();
  if (g.labels != nullptr) labels = g.labels->pairs;
}

void end_identity(goroutine& g) noexcept {
  char* name = nullptr;
  label_set* labels = nullptr;
  {
    lock_scope hold(label_lock(g));
    name = std::exchange(g.name, nullptr);
    labels = std::exchange(g.labels, nullptr);
  }
  std::free(name);
  drop_labels(labels);
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
