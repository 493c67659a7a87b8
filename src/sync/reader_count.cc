// SPDX-License-Identifier: Apache-2.0
// reader_count.cc: going apart and coming together; see reader_count.h.               Floor 4.

#include <weft/detail/sync/reader_count.h>

#include <weft/detail/runtime/timers.h>

#include <algorithm>
#include <new>

#include "os/asymmetric_fence.h"

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr unsigned k_most_slots = 256;
// A stay together lasts so many times what it cost to end the standing apart: writers lose 3 % at
// most. BRAVO has 9.
constexpr std::int64_t k_stay_factor = 32;
// Of the readers that meet at the shared words, one in so many looks at the clock.
constexpr std::uint32_t k_meetings_per_look = 16;
constexpr auto k_slot_align = std::align_val_t{k_cache_line};

}  // namespace

void reader_count::add_slowly(bool counted) noexcept {
  if (!counted) {
    together_.in.fetch_add(1);
    std::uint32_t n = meetings_.load(relaxed) + 1;  // [RD-11] relaxed: an estimate.
    meetings_.store(n, relaxed);                    // [RD-12] relaxed: an estimate.
    if (n % k_meetings_per_look != 0) return;
  }
  // [RD-13] relaxed: a time to wait for, roughly.
  if (nanotime() < together_until_.load(relaxed)) return;
  if (make_slots()) apart_.store(true);
}

bool reader_count::look_closely(pair& at, std::uint32_t out) noexcept {
  if (overdrawn()) return false;
  at.lead.store(out - at.in.load(relaxed), relaxed);  // [RD-17] relaxed: as [RD-6].
  return true;
}

void reader_count::revoke() noexcept {
  std::int64_t begin = nanotime();
  apart_.store(false);
  os::fence_heavy();
  std::int64_t end = nanotime();
  // [RD-14] relaxed: as [RD-13].
  together_until_.store(end + k_stay_factor * (end - begin), relaxed);
}

// The difference of the sums, by INV-4: outs before ins.
std::uint32_t reader_count::readers() const noexcept {
  std::uint32_t out = together_.out.load();
  // [RD-15] acquire; pairs with the release [RD-8].
  slots* all = slots_.load(acquire);
  if (all == nullptr) return together_.in.load() - out;
  // [RD-5] acquire; pairs with the release [RD-4], [RD-10]. Sees what the readers had read, and
  //        that they had come.
  for (std::uint32_t i = 0; i < all->n; ++i) out += (*all)[i].out.load(acquire);
  std::uint32_t in = together_.in.load();
  for (std::uint32_t i = 0; i < all->n; ++i) in += (*all)[i].in.load();
  return in - out;
}

// False if there is no memory for them: readers go on standing together.
bool reader_count::make_slots() noexcept {
  // [RD-16] acquire; pairs with the release [RD-8].
  if (slots_.load(acquire) != nullptr) return true;
  unsigned n = std::min(processors_to_expect(), k_most_slots);
  void* block = operator new(sizeof(slots) + n * sizeof(slot), k_slot_align, std::nothrow);
  if (block == nullptr) return false;
  auto* made = new (block) slots{n};
  for (unsigned i = 0; i < n; ++i) new (&(*made)[i]) slot;
  slots* none = nullptr;
  // [RD-8] release; pairs with the acquire [RD-7], [RD-15], [RD-16].
  if (!slots_.compare_exchange_strong(none, made, release, relaxed)) free_slots(made);
  return true;
}

void reader_count::free_slots(slots* all) noexcept { operator delete(all, k_slot_align); }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
