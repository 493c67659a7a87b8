// SPDX-License-Identifier: Apache-2.0
// hazard_pointers.cc: where the slots are kept; reading them.                          Floor 5.
//
// A free slot is with the thread that used it last, one for each, or on the common list, which
// takes over that of a thread that ends.

#include <weft/detail/lib/hazard_pointers.h>

#include <weft/detail/runtime/thread_slot.h>

#include <algorithm>
#include <functional>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

shared_word<hazard_slot*> g_all{nullptr};  // push-only
shared_word<std::size_t> g_count{0};       // slots in g_all
lock g_lock{lock_rank::leaf};              // guards g_free
hazard_slot* g_free = nullptr;

hazard_slot* free_of(thread_slot& own) noexcept { return static_cast<hazard_slot*>(own.value); }

void give_to_all(hazard_slot& slot) noexcept {
  lock_scope hold(g_lock);
  slot.next_free = g_free;
  g_free = &slot;
}

void hand_over(thread_slot& own) noexcept {
  hazard_slot* slot = free_of(own);
  if (slot == nullptr) return;
  own.value = nullptr;
  give_to_all(*slot);
}

WEFT_COLD hazard_slot& take_common_or_new() {
  {
    lock_scope hold(g_lock);
    if (hazard_slot* slot = g_free) {
      g_free = slot->next_free;
      return *slot;
    }
  }
  auto* slot = new hazard_slot;
  g_count.fetch_add(1);
  hazard_slot* head = g_all.load(relaxed);  // [HZ-7] relaxed: checked by the swap.
  do {
    slot->next_of_all = head;
    // [HZ-3] release; pairs with the acquire-load [HZ-5]. Publishes: the slot.
  } while (!g_all.compare_exchange_weak(head, slot, release, relaxed));
  return *slot;
}

WEFT_COLD void give_uncommonly(hazard_slot& slot) noexcept {
  thread_slot& own = this_thread_slot();
  if (own.value == nullptr && !own.ended) {
    set_thread_end(hand_over);
    own.value = &slot;
  } else {
    give_to_all(slot);
  }
}

}  // namespace

hazard_slot& take_hazard_slot() {
  thread_slot& own = this_thread_slot();
  hazard_slot* slot = free_of(own);
  if (WEFT_UNLIKELY(slot == nullptr)) return take_common_or_new();
  own.value = nullptr;
  return *slot;
}

void give_hazard_slot(hazard_slot& slot) noexcept {
  thread_slot& own = this_thread_slot();
  if (WEFT_UNLIKELY(own.value != nullptr || own.at_end == nullptr)) {
    give_uncommonly(slot);
  } else {
    own.value = &slot;
  }
}

std::size_t count_hazards() noexcept {
  // [HZ-6] relaxed: for thresholds.
  return g_count.load(relaxed) * hazard_slot::k_words;
}

// A slot that is listed after g_all was read protects nothing that was unlinked before: its holder
// has yet to look whether what it wants is still linked.
hazard_snapshot::hazard_snapshot() noexcept {
  try {
    // [HZ-5] acquire-load; pairs with the release [HZ-3]. And sequentially consistent: after the
    //        caller's unlinking.
    for (const hazard_slot* s = g_all.load(); s != nullptr; s = s->next_of_all) {
      for (const shared_word<const void*>& w : s->words) {
        // [HZ-4] acquire-load; pairs with the release [HZ-1], [HZ-2]. And sequentially
        //        consistent, for hazards::set().
        const void* p = w.load();
        if (p != nullptr) held_.push_back(p);
      }
    }
    std::ranges::sort(held_, std::less<>());
  } catch (...) {
    complete_ = false;
  }
}

bool hazard_snapshot::holds(const void* p) const noexcept {
  return !complete_ || std::ranges::binary_search(held_, p, std::less<>());
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
