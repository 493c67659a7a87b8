// SPDX-License-Identifier: Apache-2.0
// stack_pool.cc: carving, recycling and reclaiming stacks. See stack_pool.h.          Floor 3.

#include "runtime/stack_pool.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr std::size_t k_slab_bytes = std::size_t{64} << 20;
constexpr std::uint32_t k_max_batch = 64;
// Pooled stacks that stay resident whether used or not: 4 MiB of top pages.
constexpr std::size_t k_reserve = 1024;
// How many a worker with nothing to do makes ahead of demand at a time.
constexpr std::uint32_t k_ahead = 256;
constexpr std::uint64_t k_canary = 0x5745465443414e41;

std::uint64_t* canary_of(const goroutine& g) noexcept {
  return reinterpret_cast<std::uint64_t*>(g.stack_low) - 1;
}

// Stacks that start at equal offsets within their pages fight over the same cache sets: vary
// the offset within the top page (Photon; 64 goroutines: 4.7 -> 2.0 ns a switch).
constexpr std::size_t colour(std::uint32_t slot) noexcept { return slot * 192 % 1024; }

char* stack_top(goroutine* g, std::uint32_t slot) noexcept {
  char* top = reinterpret_cast<char*>(g) - colour(slot);
  // In the race build a stack consists of whole pages, which can be renewed.
  if constexpr (WEFT_RACE != 0) top -= reinterpret_cast<std::uintptr_t>(top) % os::page_size();
  return top;
}

std::size_t guard_size() noexcept { return std::max(os::page_size(), std::size_t{4096}); }

}  // namespace

unsigned stack_pool::class_of(std::size_t bytes) noexcept {
  bytes = std::clamp(bytes, k_min_size, k_max_size);
  return static_cast<unsigned>(std::bit_width(bytes - 1)) - 14;
}

void stack_pool::set_default_size(std::size_t bytes) noexcept {
  default_class_ = class_of(bytes);
  default_stride_ = k_min_size << default_class_;
}

goroutine* stack_pool::take_default(std::uint32_t want, std::uint32_t* got) {
  return take(default_class_, want, got);
}

goroutine* stack_pool::take_sized(std::size_t bytes) {
  if (bytes > k_max_size) throw std::bad_alloc();
  std::uint32_t got = 0;
  return take(class_of(bytes), 1, &got);
}

goroutine* stack_pool::take(unsigned c, std::uint32_t want, std::uint32_t* got) {
  claim slots{};
  {
    lock_scope hold(lock_);
    size_class& k = classes_[c];
    goroutine* chain = nullptr;
    std::uint32_t n = 0;
    while (n < want && k.depot != nullptr) {
      goroutine* g = k.depot;
      k.depot = g->next;
      g->next = chain;
      chain = g;
      ++n;
    }
    if (n != 0) {
      // [SP-1] relaxed: written under lock_; a statistic outside.
      k.pooled.store(k.pooled.load(relaxed) - n, relaxed);
      k.least_pooled = std::min(k.least_pooled, k.pooled.load(relaxed));  // [SP-4] relaxed: own.
      *got = n;
      return chain;
    }
    k.least_pooled = 0;
    slots = claim_locked(c, std::min(want, k.batch));
    // A program that needs few stacks should not pay for many.
    if (k.batch == k_max_batch && c == default_class_) ahead_wanted_.store(k_ahead);
    k.batch = std::min(k.batch * 2, k_max_batch);
  }
  *got = slots.count;
  return make(slots);
}

bool stack_pool::make_ahead() noexcept {
  std::uint32_t n = ahead_wanted_.exchange(0);
  if (n == 0) return false;
  try {
    while (n != 0) {
      claim slots{};
      {
        lock_scope hold(lock_);
        slots = claim_locked(default_class_, std::min(n, k_max_batch));
      }
      n -= std::min(n, slots.count);
      goroutine* first = make(slots);
      goroutine* last = first;
      while (last->next != nullptr) last = last->next;
      give(first, last, slots.count);
    }
  } catch (...) {  // no memory to spare: whoever really needs some will be told
  }
  return true;
}

stack_slab* stack_pool::new_slab(std::size_t stride) {
  auto slab = std::make_unique<stack_slab>();
  std::size_t bytes = std::max(k_slab_bytes, stride);
  if (known_ == nullptr) known_ = new shared_word<stack_slab*>[k_known]();
  slabs_.reserve(slabs_.size() + 1);
  for (;; bytes /= 2) {
    if (bytes < stride) throw std::bad_alloc();
    slab->base = static_cast<char*>(os::reserve_pages(bytes));
    if (slab->base != nullptr) break;
  }
  slab->stride = stride;
  slab->slots = static_cast<std::uint32_t>(bytes / stride);
  try {
    slab->cold.resize(slab->slots);
  } catch (...) {
    os::release_pages(slab->base, bytes);
    throw;
  }
  slabs_.push_back(slab.get());
  if (std::size_t n = known_count_.load(); n < k_known) {
    known_[n].store(slab.get());
    known_count_.store(n + 1);
  }
  return slab.release();
}

// Holds: lock_. Claims at least one slot or throws std::bad_alloc.
stack_pool::claim stack_pool::claim_locked(unsigned c, std::uint32_t want) {
  size_class& k = classes_[c];
  std::size_t stride = k_min_size << c;
  for (stack_slab* slab : slabs_) {
    if (k.cold == 0) break;
    if (slab->stride != stride || slab->cold_count == 0) continue;
    std::uint32_t first = 0;
    while (!slab->cold[first]) ++first;
    claim slots{slab, first, 0, true};
    while (slots.count < want && first + slots.count < slab->slots &&
           slab->cold[first + slots.count]) {
      slab->cold[first + slots.count++] = false;
    }
    slab->cold_count -= slots.count;
    k.cold -= slots.count;
    return slots;
  }
  if (k.open == nullptr || k.open->claimed.load() == k.open->slots) k.open = new_slab(stride);
  std::uint32_t first = k.open->claimed.load();
  std::uint32_t n = std::min(want, k.open->slots - first);
  k.open->claimed.store(first + n);
  return {k.open, first, n, false};
}

goroutine* stack_pool::make(const claim& slots) noexcept {
  goroutine* chain = nullptr;
  for (std::uint32_t i = slots.count; i-- > 0;) {
    goroutine* g = make_slot(*slots.slab, slots.first + i, slots.again);
    g->next = chain;
    chain = g;
  }
  return chain;
}

goroutine* stack_pool::make_slot(stack_slab& slab, std::uint32_t slot, bool again) noexcept {
  char* low = slab.base + slot * slab.stride;
  char* high = low + slab.stride;
  bool canary = false;
  if (!again) canary = os::install_guard(low, guard_size()) == os::guard_mode::canary;
  os::populate_pages(high - os::page_size(), os::page_size());
  if (canary) slab.canaries.fetch_add(1);
  auto* g = std::construct_at(slab.control_block(slot));
  g->slab = &slab;
  g->slot = slot;
  g->stack_low = low + guard_size();
  g->stack_high = stack_top(g, slot);
  g->has_canary = canary || (again && slab.canaries.load() != 0);
  if (g->has_canary) *canary_of(*g) = k_canary;
  return g;
}

bool stack_pool::overflowed(const goroutine& g) noexcept {
  return static_cast<char*>(g.sp) < g.stack_low || *canary_of(g) != k_canary;
}

void stack_pool::give(goroutine* first, goroutine* last, std::uint32_t count) noexcept {
  lock_scope hold(lock_);
  size_class& k = classes_[class_of(first->slab->stride)];
  last->next = k.depot;
  k.depot = first;
  k.pooled.fetch_add(count, relaxed);  // [SP-2] relaxed: as [SP-1].
}

bool stack_pool::wants_reclaim() const noexcept {
  return std::any_of(std::begin(classes_), std::end(classes_), [](const size_class& k) {
    return k.pooled.load(relaxed) > k_reserve;  // [SP-3] relaxed: a hint.
  });
}

// Holds: lock_.
std::size_t stack_pool::unused_locked(const size_class& k) const noexcept {
  return k.least_pooled > k_reserve ? k.least_pooled - k_reserve : 0;
}

void stack_pool::reclaim_unused() noexcept {
  for (size_class& k : classes_) {
    std::vector<goroutine*> surplus;
    std::size_t expected = 0;
    {
      lock_scope hold(lock_);
      expected = unused_locked(k);
    }
    try {
      surplus.reserve(expected);
    } catch (...) {  // no memory to sort them with: leave them pooled
      continue;
    }
    {
      lock_scope hold(lock_);
      // The most recently used stay: those at the front.
      std::size_t unused = std::min(unused_locked(k), expected);
      std::size_t keep = k.pooled.load() - unused;
      goroutine** cut = &k.depot;
      for (std::size_t i = 0; i < keep; ++i) cut = &(*cut)->next;
      for (goroutine* g = *cut; g != nullptr; g = g->next) surplus.push_back(g);
      *cut = nullptr;
      k.pooled.store(keep);
      k.least_pooled = keep;
    }
    make_cold(k, surplus);
  }
}

void stack_pool::make_cold(size_class& k, std::vector<goroutine*>& surplus) noexcept {
  std::sort(surplus.begin(), surplus.end());
  for (std::size_t i = 0; i < surplus.size();) {
    stack_slab* slab = surplus[i]->slab;
    std::uint32_t first = surplus[i]->slot;
    std::uint32_t n = 1;
    while (i + n < surplus.size() && surplus[i + n]->slab == slab &&
           surplus[i + n]->slot == first + n) {
      ++n;
    }
    lock_scope hold(lock_);
    os::discard_pages(slab->base + first * slab->stride, n * slab->stride);
    for (std::uint32_t s = first; s < first + n; ++s) slab->cold[s] = true;
    slab->cold_count += n;
    k.cold += n;
    i += n;
  }
}

goroutine* stack_pool::find_guard(const void* address) const noexcept {
  const auto* a = static_cast<const char*>(address);
  std::size_t n = known_count_.load();
  for (std::size_t i = 0; i < n; ++i) {
    const stack_slab* slab = known_[i].load();
    if (a < slab->base || a >= slab->base + slab->stride * slab->slots) continue;
    auto offset = static_cast<std::size_t>(a - slab->base);
    if (offset % slab->stride >= guard_size()) return nullptr;
    auto slot = static_cast<std::uint32_t>(offset / slab->stride);
    return slot < slab->claimed.load() ? slab->control_block(slot) : nullptr;
  }
  return nullptr;
}

stack_counts stack_pool::counts() noexcept {
  lock_scope hold(lock_);
  stack_counts all;
  for (const size_class& k : classes_) {
    all.pooled += k.pooled.load();
    all.cold += k.cold;
  }
  for (const stack_slab* slab : slabs_) {
    all.slots += slab->claimed.load();
    all.bytes += slab->claimed.load() * slab->stride;
    all.canary += slab->canaries.load();
  }
  return all;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
