// SPDX-License-Identifier: Apache-2.0
#pragma once
// reader_count: how many readers there are, countable by many processors at once.    Floor 4.
//
// Readers count themselves in and out at one shared pair of words (together), or, where reading
// has been common and writing rare, each at a pair of its processor's own, without an atomic
// read-modify-write (apart). A writer has them stand together again, which costs it a heavy fence,
// and keeps them so for many times what that cost.
//
// INV-1 ins and outs only grow (modulo 2^32); their sums differ by the number of readers.
// INV-2 a slot is written by the goroutine that its processor runs, and nobody else.
// INV-3 slots_ is set once and stays until the end.
// INV-4 who adds all outs first and all ins after them, and finds them equal, has seen a moment
//       without a reader, if those who come later see that there is a writer and leave again.
//       Ins below outs are a reader too many that left.
//
// Who must not miss whom, each side writing first and looking then:
//   apart, in:    own in + 1; light fence; look at apart_, and, in the caller, for a writer
//   apart, out:   own out + 1; light fence; look at apart_, and for a writer
//   together:     shared in or out + 1 (a full fence); look for a writer
//   writer:       announce; look at apart_; if set: clear it, heavy fence; add up
// A reader that finds apart_ cleared has not been seen for certain: it comes in again together, or,
// going out, makes up for the heavy fence with a full one. That apart_ is set while a writer is
// about does no harm: all that look at both are in one total order, so who sees it set behind the
// writer's look at it sees the writer too.
// Source: D. Dice and A. Kogan, "BRAVO: Biased Locking for Reader-Writer Locks", USENIX ATC 2019,
// with counters per processor (W. Hsieh and W. Weihl, IPPS 1992) in place of its table of readers.

#include <weft/detail/base/atomic.h>
#include <weft/detail/os/light_fence.h>
#include <weft/detail/runtime/park.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

class reader_count {
 public:
  constexpr reader_count() noexcept = default;
  reader_count(const reader_count&) = delete;
  reader_count& operator=(const reader_count&) = delete;
  ~reader_count() {
    // [RD-1] relaxed: nobody else is here any more.
    if (slots* all = slots_.load(relaxed)) free_slots(all);
  }

  /// Counts a reader in, who then looks for a writer.
  void add() noexcept {
    if (apart_.load() && add_apart()) return;
    std::uint32_t n = together_.in.load(relaxed);  // [RD-2] relaxed: checked by the swap.
    bool counted = together_.in.compare_exchange_strong(n, n + 1);
    if (WEFT_UNLIKELY(!counted || (n + 1) % k_look_every == 0)) add_slowly(counted);
  }

  /// Counts a reader out, who then looks for a writer. False if there was none to count out.
  [[nodiscard]] bool remove() noexcept {
    slot* own = apart_.load() ? own_slot() : nullptr;
    if (own == nullptr) return plausible(together_, together_.out.fetch_add(1) + 1);
    std::uint32_t out = own->out.load(relaxed) + 1;  // [RD-3] relaxed: INV-2.
    // [RD-4] release; pairs with the acquire [RD-5].
    own->out.store(out, release);
    os::fence_light();
    if (WEFT_UNLIKELY(!apart_.load())) fence_seq_cst();
    return plausible(*own, out);
  }

  /// Adds n at once.
  void add_many(std::uint32_t n) noexcept { together_.in.fetch_add(n); }

  /// A writer, once announced: from here on none() overlooks nobody.
  void stand_together() noexcept {
    if (WEFT_UNLIKELY(apart_.load())) revoke();
  }

  /// Exact if readers that come leave again; never true while one that was there before remains.
  [[nodiscard]] bool none() const noexcept { return readers() == 0; }
  /// More have left than had come.
  [[nodiscard]] bool overdrawn() const noexcept { return below(readers(), 0); }

 private:
  struct pair {
    shared_word<std::uint32_t> in{0};
    shared_word<std::uint32_t> out{0};
    // How far outs have been ahead of ins here with all well: those came in elsewhere.
    shared_word<std::uint32_t> lead{0};
  };
  struct alignas(k_cache_line) slot : pair {};
  // The head of an allocation; the slots follow.
  struct alignas(k_cache_line) slots {
    std::uint32_t n;
    slot& operator[](std::uint32_t i) noexcept { return reinterpret_cast<slot*>(this + 1)[i]; }
  };

  // Of so many that come together, one sees whether it would pay to stand apart.
  static constexpr std::uint32_t k_look_every = 1024;

  static bool below(std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::int32_t>(a - b) < 0;
  }

  // The processor's own; null if there is none for it, as for plain threads.
  [[nodiscard]] slot* own_slot() const noexcept {
    // [RD-7] acquire; pairs with the release [RD-8].
    slots* all = slots_.load(acquire);
    unsigned i = own_processor();
    return i < all->n ? &(*all)[i] : nullptr;
  }

  // False, and not counted, if readers stand together.
  bool add_apart() noexcept {
    slot* own = own_slot();
    if (own == nullptr) return false;
    own->in.store(own->in.load(relaxed) + 1, relaxed);  // [RD-9] relaxed: INV-2; the fence.
    os::fence_light();
    if (WEFT_LIKELY(apart_.load())) return true;
    // [RD-10] release; pairs with the acquire [RD-5].
    own->out.store(own->out.load(relaxed) + 1, release);
    return false;
  }

  // Is a departure from `at`, its out-th, covered by an arrival? Looked at closely only when outs
  // lead further than before.
  bool plausible(pair& at, std::uint32_t out) noexcept {
    // [RD-6] relaxed: the processor's own, or a hint when to look closely.
    return WEFT_LIKELY(!below(at.in.load(relaxed) + at.lead.load(relaxed), out)) ||
           look_closely(at, out);
  }

  bool look_closely(pair& at, std::uint32_t out) noexcept;
  void add_slowly(bool counted) noexcept;
  void revoke() noexcept;
  [[nodiscard]] std::uint32_t readers() const noexcept;
  bool make_slots() noexcept;
  static void free_slots(slots* all) noexcept;

  pair together_;
  shared_word<bool> apart_{false};
  shared_word<std::uint32_t> meetings_{0};
  shared_word<std::int64_t> together_until_{0};  // written by writers, one at a time
  shared_word<slots*> slots_{nullptr};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
