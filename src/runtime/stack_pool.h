// SPDX-License-Identifier: Apache-2.0
#pragma once
// stack_pool: goroutines with their stacks, in slabs of equal slots.                  Floor 3.
//
// A slot, from low to high: guard | stack ... | colour gap | closure | control block. A parked
// goroutine that has not gone deep touches the one page at the top.
//
// A slot is fresh (never used), live, pooled (dead, its top page resident, on a free list) or
// cold (its memory given back). Freed slots are reused hot, last in first out: a processor's own
// free list, then the depot. What lay in the depot unused for a second is made cold, in batches
// over neighbouring slots, because giving stacks back one by one costs more than they do.
//
// INV-1 a slot below slab.claimed has a constructed control block, or is cold, or reads as zeros:
//       as a dead goroutine.
// INV-2 a pooled slot is on exactly one list: some processor's or its class's depot.

#include <weft/detail/os/lock.h>

#include "os/pages.h"
#include "runtime/goroutine.h"

#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {

/// One reservation of address space, cut into slots of one size.
struct stack_slab {
  char* base = nullptr;
  std::size_t stride = 0;
  std::uint32_t slots = 0;
  shared_word<std::uint32_t> claimed{0};   // slots [0, claimed) have been handed out; grows only
  std::uint32_t cold_count = 0;            // guarded by the pool's lock
  std::vector<bool> cold;                  // guarded by the pool's lock
  shared_word<std::uint32_t> canaries{0};  // slots guarded by nothing better

  [[nodiscard]] goroutine* control_block(std::uint32_t slot) const noexcept {
    return reinterpret_cast<goroutine*>(base + (slot + 1) * stride - sizeof(goroutine));
  }
};

struct stack_counts {
  std::size_t slots = 0;   // address space handed out
  std::size_t bytes = 0;   // of address space
  std::size_t pooled = 0;  // in depots
  std::size_t cold = 0;
  std::size_t canary = 0;  // slots whose overflow only a check at park would find
};

class stack_pool {
 public:
  /// The class of stacks for processors' own free lists; set once at start.
  void set_default_size(std::size_t bytes) noexcept;
  [[nodiscard]] std::size_t default_size() const noexcept { return default_stride_; }

  /// A chain (by goroutine::next) of 1 to `want` dead goroutines with default stacks.
  /// Throws std::bad_alloc if not even one is to be had.
  goroutine* take_default(std::uint32_t want, std::uint32_t* got);

  /// One dead goroutine with at least `bytes` of stack. Throws std::bad_alloc.
  goroutine* take_sized(std::size_t bytes);

  /// Puts a chain of dead goroutines of one class into the depot. Does not allocate.
  void give(goroutine* first, goroutine* last, std::uint32_t count) noexcept;

  /// Makes cold what has lain in the depots unused since the last call, but for a reserve. To be
  /// called about once a second. Slow: a system call for each run of neighbouring slots.
  void reclaim_unused() noexcept;

  /// There is something for reclaim_unused() to do, now or later.
  [[nodiscard]] bool wants_reclaim() const noexcept;

  /// Makes some stacks in advance if there has been great demand lately. For workers that have
  /// nothing better to do. False if there was no need.
  bool make_ahead() noexcept;

  /// Calls f(g) for every slot in use at some time, dead ones too. No slot is freed meanwhile.
  template <class F>
  void for_each(F&& f) noexcept {
    lock_scope hold(lock_);
    for (stack_slab* slab : slabs_) {
      std::uint32_t n = slab->claimed.load();
      for (std::uint32_t i = 0; i < n; ++i)
        if (!slab->cold[i]) f(*slab->control_block(i));
    }
  }

  /// The same without the lock, while no other thread runs: cold slots too, which read as dead.
  template <class F>
  void for_each_stopped(F&& f) noexcept {
    for_each_slab([&](stack_slab& slab) {
      std::uint32_t n = slab.claimed.load();
      for (std::uint32_t i = 0; i < n; ++i) f(*slab.control_block(i));
    });
  }
  /// Calls f(slab) for all, without a lock.
  template <class F>
  void for_each_slab(F&& f) noexcept {
    std::size_t n = known_count_.load();
    for (std::size_t i = 0; i < n; ++i) f(*known_[i].load());
  }

  /// The goroutine whose guard contains `address`, or null. Signal-safe: takes no lock.
  [[nodiscard]] goroutine* find_guard(const void* address) const noexcept;

  /// For a goroutine with a canary that has just left the processor.
  [[nodiscard]] static bool overflowed(const goroutine& g) noexcept;

  [[nodiscard]] stack_counts counts() noexcept;

  static constexpr std::size_t k_min_size = 16 * 1024;
  static constexpr std::size_t k_max_size = std::size_t{1} << 30;

 private:
  static constexpr unsigned k_classes = 17;  // strides 2^14 .. 2^30
  struct size_class {
    goroutine* depot = nullptr;  // guarded by lock_
    shared_word<std::size_t> pooled{0};
    stack_slab* open = nullptr;    // slab with fresh slots; guarded by lock_
    std::size_t cold = 0;          // guarded by lock_
    std::size_t least_pooled = 0;  // since the last reclaim_unused(); guarded by lock_
    std::uint32_t batch = 1;       // slots to claim next time; guarded by lock_
  };

  // Slots that have been claimed and are now to be made, outside the lock.
  struct claim {
    stack_slab* slab;
    std::uint32_t first;
    std::uint32_t count;
    bool again;  // cold ones
  };

  static unsigned class_of(std::size_t bytes) noexcept;
  goroutine* take(unsigned c, std::uint32_t want, std::uint32_t* got);
  stack_slab* new_slab(std::size_t stride);
  claim claim_locked(unsigned c, std::uint32_t want);
  goroutine* make(const claim& slots) noexcept;
  goroutine* make_slot(stack_slab& slab, std::uint32_t slot, bool again) noexcept;
  void make_cold(size_class& k, std::vector<goroutine*>& surplus) noexcept;
  std::size_t unused_locked(const size_class& k) const noexcept;

  friend struct debug_layout;

  lock lock_{lock_rank::stacks};
  size_class classes_[k_classes];
  std::vector<stack_slab*> slabs_;              // guarded by lock_
  shared_word<std::uint32_t> ahead_wanted_{0};  // stacks to be made ahead of demand
  // The same for the signal handler: entries are written once, then counted.
  static constexpr std::size_t k_known = 1 << 16;
  shared_word<stack_slab*>* known_ = nullptr;
  shared_word<std::size_t> known_count_{0};
  std::size_t default_stride_ = 256 * 1024;
  unsigned default_class_ = 4;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
