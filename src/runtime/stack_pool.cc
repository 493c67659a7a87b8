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
// Pooled stacks that stay resident: 32 MiB of top pages.
constexpr std::size_t k_pooled_cap = 8192;
constexpr std::uint64_t k_canary = 0x5745465443414e41;

// Stacks that start at equal offsets within their pages fight over the same cache sets: vary
// the offset within the top page (Photon; 64 goroutines: 4.7 -> 2.0 ns a switch).
constexpr std::size_t colour(std::uint32_t slot) noexcept { return slot * 192 % 1024; }

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
    k.pooled.fetch_sub(n, relaxed);  // [SP-1] relaxed: written under lock_; a statistic outside.
  } else {
    n = carve(c, std::min(want, k.batch), &chain);
    // A program that needs few stacks should not pay for many.
    k.batch = std::min(k.batch * 2, k_max_batch);
  }
  *got = n;
  return chain;
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
    slab->unguarded.resize(slab->slots);
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

// Holds: lock_.
std::uint32_t stack_pool::carve(unsigned c, std::uint32_t want, goroutine** chain) {
  size_class& k = classes_[c];
  std::size_t stride = k_min_size << c;
  std::uint32_t n = 0;
  auto add = [&](stack_slab& slab, std::uint32_t slot, bool again) {
    goroutine* g = make_slot(slab, slot, again);
    g->next = *chain;
    *chain = g;
    ++n;
  };
  for (stack_slab* slab : slabs_) {
    if (k.cold == 0 || n == want) break;
    if (slab->stride != stride || slab->cold_count == 0) continue;
    for (std::uint32_t i = 0; i < slab->slots && n < want && slab->cold_count != 0; ++i) {
      if (!slab->cold[i]) continue;
      slab->cold[i] = false;
      --slab->cold_count;
      --k.cold;
      add(*slab, i, true);
    }
  }
  while (n < want) {
    if (k.open == nullptr || k.open->carved.load() == k.open->slots) {
      if (n != 0) break;  // some is enough; the next call finds out whether memory is gone
      k.open = new_slab(stride);
    }
    add(*k.open, k.open->carved.load(), false);
    k.open->carved.fetch_add(1);
  }
  return n;
}

goroutine* stack_pool::make_slot(stack_slab& slab, std::uint32_t slot, bool again) noexcept {
  char* low = slab.base + slot * slab.stride;
  char* high = low + slab.stride;
  if (!again && os::install_guard(low, guard_size()) == os::guard_mode::canary) {
    slab.unguarded[slot] = true;
  }
  os::populate_pages(high - os::page_size(), os::page_size());
  if (slab.unguarded[slot]) std::construct_at(reinterpret_cast<std::uint64_t*>(low), k_canary);
  auto* g = std::construct_at(slab.control_block(slot));
  g->slab = &slab;
  g->slot = slot;
  g->stack_low = low + guard_size();
  g->stack_high = reinterpret_cast<char*>(g) - colour(slot);
  return g;
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
    return k.pooled.load(relaxed) > k_pooled_cap;  // [SP-3] relaxed: a hint.
  });
}

void stack_pool::reclaim(std::size_t keep) noexcept {
  for (unsigned c = 0; c < k_classes; ++c) {
    size_class& k = classes_[c];
    goroutine* surplus = nullptr;
    std::size_t count = 0;
    {
      lock_scope hold(lock_);
      std::size_t hot = 0;
      goroutine** cut = &k.depot;
      while (*cut != nullptr && hot < keep) {
        cut = &(*cut)->next;
        ++hot;
      }
      surplus = *cut;
      *cut = nullptr;
      count = k.pooled.load() - hot;
      k.pooled.store(hot);
    }
    if (count == 0) continue;
    std::vector<goroutine*> sorted;
    try {
      sorted.reserve(count);
    } catch (...) {  // no memory to sort with: leave them pooled
      goroutine* last = surplus;
      while (last->next != nullptr) last = last->next;
      give(surplus, last, static_cast<std::uint32_t>(count));
      return;
    }
    for (goroutine* g = surplus; g != nullptr; g = g->next) sorted.push_back(g);
    std::sort(sorted.begin(), sorted.end());
    std::size_t stride = k_min_size << c;
    for (std::size_t i = 0; i < sorted.size();) {
      stack_slab* slab = sorted[i]->slab;
      std::uint32_t first = sorted[i]->slot;
      std::uint32_t n = 1;
      while (i + n < sorted.size() && sorted[i + n]->slab == slab &&
             sorted[i + n]->slot == first + n) {
        ++n;
      }
      lock_scope hold(lock_);
      os::discard_pages(slab->base + first * stride, n * stride);
      for (std::uint32_t s = first; s < first + n; ++s) slab->cold[s] = true;
      slab->cold_count += n;
      k.cold += n;
      i += n;
    }
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
    return slot < slab->carved.load() ? slab->control_block(slot) : nullptr;
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
    all.slots += slab->carved.load();
    all.canary += static_cast<std::size_t>(
        std::count(slab->unguarded.begin(), slab->unguarded.end(), true));
  }
  return all;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
