// SPDX-License-Identifier: Apache-2.0
// retired_nodes.cc: see retired_nodes.h.                                              Floor 5.

#include <weft/detail/lib/retired_nodes.h>

#include <weft/detail/lib/hazard_pointers.h>
#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/timers.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>
#include <utility>

#include "os/asymmetric_fence.h"

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr unsigned k_most_lists = 64;
// A heavy fence interrupts other processors: 10 us for so many nodes.
constexpr std::uint32_t k_enough_light = 512;
constexpr std::uint32_t k_enough = 64;
// A look so seldom costs next to nothing, whatever it finds.
constexpr nanotime_t k_seldom_ns = 1'000'000;

}  // namespace

struct retired_nodes::lists {
  struct alignas(k_cache_line) place {
    list l;
  };
  unsigned mask;  // their number less one; a power of two less one
  std::unique_ptr<place[]> each;
};

retired_nodes::~retired_nodes() {
  destroy_all(first_);
  lists* all = lists_.load(relaxed);  // [RT-1] relaxed: nobody else is here any more.
  if (all == nullptr) return;
  for (unsigned i = 0; i <= all->mask; ++i) destroy_all(all->each[i].l);
  delete all;
}

// A destructor of the user's may retire more.
void retired_nodes::destroy_all(list& l) noexcept {
  // [RT-2] relaxed: nobody else is here any more.
  while (retired_node* n = l.head.exchange(nullptr, relaxed))
    while (n != nullptr) traits_.destroy(std::exchange(n, n->next_retired));
}

retired_nodes::list& retired_nodes::here() noexcept {
  // [RT-3] acquire; pairs with the release [RT-4].
  lists* all = lists_.load(acquire);
  return WEFT_LIKELY(all == nullptr) ? first_ : all->each[processor_hint() & all->mask].l;
}

void retired_nodes::spread() noexcept {
  unsigned n = std::bit_ceil(std::min(processors_to_expect(), k_most_lists));
  std::unique_ptr<lists> made(new (std::nothrow) lists{n - 1, nullptr});
  if (made == nullptr) return;
  made->each.reset(new (std::nothrow) lists::place[n]);
  if (made->each == nullptr) return;
  lists* none = nullptr;
  lists* all = made.release();
  // [RT-4] release; pairs with the acquire [RT-3].
  if (!lists_.compare_exchange_strong(none, all, release, relaxed)) delete all;
}

void retired_nodes::push(list& l, retired_node& first, retired_node& last) noexcept {
  retired_node* head = l.head.load(relaxed);  // [RT-5] relaxed: checked by the swap.
  last.next_retired = head;
  // [RT-6] release; pairs with the acquire [RT-7]: nodes are read by who reclaims them.
  if (WEFT_LIKELY(l.head.compare_exchange_strong(head, &first, release, relaxed))) return;
  // [RT-8] relaxed: spread() looks again.
  if (&l == &first_ && lists_.load(relaxed) == nullptr) spread();
  do {
    last.next_retired = head;
    // [RT-6] again.
  } while (!l.head.compare_exchange_weak(head, &first, release, relaxed));
}

bool retired_nodes::worth_while(const list& l, std::uint32_t size) const noexcept {
  std::uint32_t enough = traits_.light ? k_enough_light : k_enough;
  if (size >= enough + 2 * count_hazards()) return true;
  if (!traits_.prompt || !std::has_single_bit(size)) return false;
  // [RT-9] relaxed: a stamp.
  return nanotime() - l.last_look.load(relaxed) >= k_seldom_ns;
}

void retired_nodes::add(retired_node& node) noexcept {
  list& l = here();
  push(l, node, node);
  // [RT-10] relaxed: an estimate; what is lost when two meet here, comes with the next.
  std::uint32_t size = l.size.load(relaxed) + 1;
  l.size.store(size, relaxed);
  if (WEFT_UNLIKELY(worth_while(l, size))) reclaim(l);
}

void retired_nodes::reclaim() noexcept {
  reclaim(first_);
  // [RT-3] again.
  lists* all = lists_.load(acquire);
  for (unsigned i = 0; all != nullptr && i <= all->mask; ++i) reclaim(all->each[i].l);
}

void retired_nodes::reclaim(list& l) noexcept {
  // [RT-7] acquire; pairs with the release [RT-6].
  retired_node* n = l.head.exchange(nullptr, acquire);
  l.size.store(0, relaxed);  // [RT-11] relaxed: as [RT-10].
  if (n == nullptr) return;
  // [RT-12] relaxed: as [RT-9].
  if (traits_.prompt) l.last_look.store(nanotime(), relaxed);
  if (traits_.light) os::fence_heavy();
  retired_node* free = nullptr;
  retired_node* held = nullptr;
  retired_node* last_held = nullptr;
  std::uint32_t still = 0;
  {
    const hazard_snapshot hazards;
    while (n != nullptr) {
      retired_node* next = n->next_retired;
      if (hazards.holds(traits_.address(n))) {
        n->next_retired = held;
        held = n;
        if (last_held == nullptr) last_held = n;
        ++still;
      } else {
        n->next_retired = free;
        free = n;
      }
      n = next;
    }
  }
  if (held != nullptr) {
    push(l, *held, *last_held);
    l.size.store(l.size.load(relaxed) + still, relaxed);  // [RT-13] relaxed: as [RT-10].
  }
  while (free != nullptr) traits_.destroy(std::exchange(free, free->next_retired));
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
