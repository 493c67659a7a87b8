// SPDX-License-Identifier: Apache-2.0
#pragma once
// reader_count: how many readers there are, countable by many processors at once.    Floor 4.
//
// One counter, until two readers are seen to meet at it; from then on one for each processor,
// each in a cache line of its own. A reader may count itself out elsewhere than it did in.
//
// INV-1 no counter is ever below zero: one that is zero is left alone, and another is taken down.
//       So the sum is zero only if all are, and removing one too many is noticed.
// INV-3 who looks at the counters one by one, while readers only leave, and finds each at zero, has
//       seen the sum at zero: what is zero stays so. A reader that comes and undoes itself takes
//       back its own count, or that of one who has left with it.
// INV-2 counters_ is set once and stays until the end.
//
// Every access is sequentially consistent: shared_mutex relies on "count, then look for a writer"
// against "announce the writer, then look at the count".

#include <weft/detail/base/atomic.h>

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
    if (counters* all = counters_.load(relaxed)) free_counters(all);
  }

  using place = shared_word<std::uint32_t>;

  /// The result is where it was counted, for undo().
  place& add() noexcept {
    // [RD-2] relaxed: a look; add_apart() reads it again.
    if (WEFT_LIKELY(counters_.load(relaxed) == nullptr)) {
      std::uint32_t n = first_.load(relaxed);  // [RD-3] relaxed: checked by the swap.
      if (WEFT_LIKELY(first_.compare_exchange_strong(n, n + 1))) return first_;
    }
    return add_apart();
  }

  /// False if there is none to remove.
  [[nodiscard]] bool remove() noexcept {
    // [RD-4] relaxed: a look; remove_apart() reads it again.
    if (WEFT_LIKELY(counters_.load(relaxed) == nullptr)) {
      std::uint32_t n = first_.load(relaxed);  // [RD-5] relaxed: checked by the swap.
      if (WEFT_LIKELY(n != 0 && first_.compare_exchange_strong(n, n - 1))) return true;
    }
    return remove_apart();
  }

  /// Takes back an add() that found a writer.
  void undo(place& where) noexcept;

  /// Adds n at once.
  void add_many(std::uint32_t n) noexcept { first_.fetch_add(n); }

  /// Exact once no reader is added any more; never zero while one of those added remains.
  [[nodiscard]] bool none() const noexcept;

 private:
  struct counters;

  place& add_apart() noexcept;
  bool remove_apart() noexcept;
  static void free_counters(counters* all) noexcept;

  shared_word<std::uint32_t> first_{0};
  shared_word<counters*> counters_{nullptr};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
