// SPDX-License-Identifier: Apache-2.0
#pragma once
// stack_samples: stacks of the calling party, and tables that add values up by stack.  Floor 3.

#include <weft/detail/base/atomic.h>
#include <weft/detail/os/lock.h>

#include <cstddef>
#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail {

namespace arch {
struct interrupted;
}

/// Deeper stacks are cut off at their outer end, as in Go.
inline constexpr std::size_t k_max_frames = 128;

struct stack_sample {
  std::uintptr_t pcs[k_max_frames];  // return addresses, innermost first
  std::size_t count = 0;
};

/// The stack of the caller. False, with one made-up frame, if too little of it is left to unwind.
/// Parks: no. Allocates: no.
bool capture_stack(stack_sample& s) noexcept;

/// Unwinds from where the unwinder is called into `s`; for those who do so on a visited stack.
void unwind_into(stack_sample& s) noexcept;

/// In a signal handler: the stack that the signal has interrupted, without the handler's own.
void unwind_interrupted(stack_sample& s, const arch::interrupted& at) noexcept;

/// Sums by stack. Bounded: what comes with a new stack when the table is full is added to one
/// entry that says so.
class stack_table {
 public:
  constexpr stack_table() noexcept = default;

  /// Any thread. Parks: no. Allocates: yes.
  void add(const stack_sample& s, double count, double value) noexcept;

  /// f(const stack_sample&, double count, double value) for every entry. One stack may come
  /// several times, for each processor has a part of the table.
  template <class F>
  void for_each(F&& f) {
    for (part& p : parts_)
      for (record*& first : p.buckets)
        for (record* r = locked_copy_first(p, first); r != nullptr; r = r->next) {
          stack_sample s;
          double count = 0;
          double value = 0;
          read(p, *r, s, count, value);
          f(s, count, value);
        }
  }

 private:
  static constexpr std::size_t k_parts = 16;
  static constexpr std::size_t k_buckets = 256;
  static constexpr std::uint32_t k_max_records = 16384;

  // Immutable but for the sums, and never freed.
  struct record {
    record* next;
    std::uint64_t hash;
    double count;  // guarded by the part's lock, as value
    double value;
    std::size_t frames;
    std::uintptr_t* pcs() noexcept { return reinterpret_cast<std::uintptr_t*>(this + 1); }
  };

  struct alignas(k_cache_line) part {
    lock guard{lock_rank::leaf};
    record* buckets[k_buckets] = {};  // guarded by `guard`
  };

  static std::uint64_t hash_of(const stack_sample& s) noexcept;
  static record* locked_copy_first(part& p, record*& first) noexcept;
  static void read(part& p, record& r, stack_sample& s, double& count, double& value) noexcept;
  record* find_or_add(part& p, const stack_sample& s) noexcept;

  part parts_[k_parts];
  shared_word<std::uint32_t> records_{0};
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
