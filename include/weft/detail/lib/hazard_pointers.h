// SPDX-License-Identifier: Apache-2.0
#pragma once
// hazard_pointers: what a reader without a lock is looking at, so that nobody frees it.  Floor 5.
//
// INV-1 a node is destroyed only after it was unlinked, and then found in no hazard.
// INV-2 whoever reads a node has published it, and has then seen that it was still linked.
// INV-3 hazards belong to the hazards object that took them, not to a thread: the goroutine may
//       park while it holds them, and resume elsewhere. A thread only keeps one that is free.
// INV-4 the slots are never freed; all of them hang together from one list.
//
// Source: M. Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", IEEE TPDS
// 2004. set_light() leaves the store-load fence to the reclaimer, as liburcu and folly do.

#include <weft/detail/base/atomic.h>
#include <weft/detail/os/light_fence.h>

#include <cstddef>
#include <vector>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// A few hazards, in a cache line of their own.
struct alignas(k_cache_line) hazard_slot {
  static constexpr std::size_t k_words = 2;

  shared_word<const void*> words[k_words] = {};  // written by the holder, read by reclaimers
  hazard_slot* next_of_all = nullptr;            // immutable once listed
  hazard_slot* next_free = nullptr;              // on the common list; guarded by its lock
};

/// Throws std::bad_alloc.
hazard_slot& take_hazard_slot();
void give_hazard_slot(hazard_slot& slot) noexcept;

/// How many hazards there are.
std::size_t count_hazards() noexcept;

/// Hazards for the length of one operation.
class hazards {
 public:
  hazards() : slot_(&take_hazard_slot()) {}
  hazards(const hazards&) = delete;
  hazards& operator=(const hazards&) = delete;
  ~hazards() { drop(); }

  /// Lets go of all; nothing may be protected after this.
  void drop() noexcept {
    if (slot_ == nullptr) return;
    // [HZ-1] release; pairs with the acquire-load [HZ-4]: the reads of the node come before.
    for (shared_word<const void*>& w : slot_->words) w.store(nullptr, release);
    give_hazard_slot(*slot_);
    slot_ = nullptr;
  }

  /// Publishes p. Whoever unlinks p and then looks at the hazards, both sequentially consistent,
  /// sees it; unless the caller, in a sequentially consistent load that follows, sees p unlinked.
  void set(std::size_t i, const void* p) noexcept { slot_->words[i].store(p); }

  /// The same against a reclaimer that runs os::fence_heavy() before it looks, and without the
  /// cost of a fence; an acquire-load may follow.
  void set_light(std::size_t i, const void* p) noexcept {
    // [HZ-2] release; pairs with the acquire-load [HZ-4]: the reads of what was there before.
    slot_->words[i].store(p, release);
    os::fence_light();
  }

  /// What `from` points to, protected by hazard i.
  template <class T>
  T* protect(std::size_t i, const shared_word<T*>& from) noexcept {
    T* p = from.load();
    for (;;) {
      set(i, p);
      T* again = from.load();
      if (WEFT_LIKELY(again == p)) return p;
      p = again;
    }
  }

 private:
  hazard_slot* slot_;
};

/// All that was in hazards at one time after its making began.
class hazard_snapshot {
 public:
  hazard_snapshot() noexcept;

  /// True too if memory did not suffice to tell.
  [[nodiscard]] bool holds(const void* p) const noexcept;

 private:
  std::vector<const void*> held_;  // sorted
  bool complete_ = true;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
