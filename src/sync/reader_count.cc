// SPDX-License-Identifier: Apache-2.0
// reader_count.cc: see reader_count.h.                                                Floor 4.

#include <weft/detail/runtime/park.h>
#include <weft/detail/sync/reader_count.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace {

constexpr unsigned k_most_counters = 256;

struct alignas(k_cache_line) counter {
  shared_word<std::uint32_t> n{0};
};

bool take_one(shared_word<std::uint32_t>& from) noexcept {
  std::uint32_t n = from.load(relaxed);  // [RD-6] relaxed: checked by the swap.
  while (n != 0)
    if (from.compare_exchange_weak(n, n - 1)) return true;
  return false;
}

}  // namespace

struct reader_count::counters {
  unsigned mask;  // their number less one; a power of two less one
  std::unique_ptr<counter[]> each;

  [[nodiscard]] shared_word<std::uint32_t>& here() noexcept {
    return each[processor_hint() & mask].n;
  }

  static counters* make() noexcept {
    unsigned n = std::bit_ceil(std::min(processors_to_expect(), k_most_counters));
    auto* made = new (std::nothrow) counters{n - 1, nullptr};
    if (made == nullptr) return nullptr;
    made->each.reset(new (std::nothrow) counter[n]);
    if (made->each != nullptr) return made;
    delete made;
    return nullptr;
  }
};

void reader_count::free_counters(counters* all) noexcept { delete all; }

reader_count::place& reader_count::add_apart() noexcept {
  // [RD-7] acquire; pairs with the release [RD-8].
  counters* all = counters_.load(acquire);
  if (all == nullptr) {
    counters* made = counters::make();
    if (made == nullptr) {  // no memory: stay together
      first_.fetch_add(1);
      return first_;
    }
    // [RD-8] release; pairs with the acquire [RD-7], [RD-9], [RD-10]. acquire; pairs with itself.
    if (counters_.compare_exchange_strong(all, made, acq_rel, acquire)) {
      all = made;
    } else {
      free_counters(made);
    }
  }
  place& where = all->here();
  where.fetch_add(1);
  return where;
}

// A search may miss a count that is moved behind it, by one who counts in behind and out before
// it. That does not happen again and again; there being none to remove does.
bool reader_count::remove_apart() noexcept {
  constexpr int k_searches = 10'000;
  for (int i = 0; i < k_searches; ++i) {
    // [RD-9] acquire; pairs with the release [RD-8].
    counters* all = counters_.load(acquire);
    if (all != nullptr && take_one(all->here())) return true;
    if (take_one(first_)) return true;
    for (unsigned k = 0; all != nullptr && k <= all->mask; ++k)
      if (take_one(all->each[k].n)) return true;
    cpu_relax();
  }
  return false;
}

void reader_count::undo(place& where) noexcept {
  if (!take_one(where)) static_cast<void>(remove_apart());
}

bool reader_count::none() const noexcept {
  if (first_.load() != 0) return false;
  // [RD-10] acquire; pairs with the release [RD-8].
  counters* all = counters_.load(acquire);
  if (all == nullptr) return true;
  for (unsigned i = 0; i <= all->mask; ++i)
    if (all->each[i].n.load() != 0) return false;
  return true;
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
