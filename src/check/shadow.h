// SPDX-License-Identifier: Apache-2.0
#pragma once
// shadow: what is known of each byte of memory that goroutines have touched.          Floor 6.
//
// FastTrack (C. Flanagan and S. Freund, PLDI 2009): of the last write one epoch, of the reads
// since then one epoch for each goroutine that read. A cell covers eight bytes and keeps which of
// them; an access that overlaps only part of one is compared byte by byte.

#include <weft/detail/base/config.h>
#include <weft/detail/contract/sched.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {
struct goroutine;
namespace checker {

class engine;

class shadow {
 public:
  shadow();
  shadow(const shadow&) = delete;
  shadow& operator=(const shadow&) = delete;
  ~shadow();

  void reset(engine& e) noexcept;
  void begin_goroutine(goroutine& g) noexcept;

  /// An access by whoever runs.
  void access(const void* address, std::size_t size, bool write, bool atomic) noexcept {
    access(address, size, write, atomic, sched::op::spawn);
  }
  /// The same, which stands for an operation that has to be ordered.
  void access(const void* address, std::size_t size, bool write, bool atomic,
              sched::op by) noexcept;
  /// The memory is new, or nobody's: what was known of it is forgotten.
  void forget(const void* address, std::size_t size) noexcept;
  /// Who has used the memory that is given back.
  enum class use : std::uint8_t { own, others, freed_before };
  /// The memory is given back: a write to what is known of it. Who uses it before it is new again
  /// uses what is freed.
  use freed(const void* address, std::size_t size) noexcept;
  /// More or less hidden: while above zero, no access counts.
  void hide(int by) noexcept { hidden_ += by; }

 private:
  struct mark {
    std::uint32_t epoch = 0;  // of `who`
    std::uint16_t who = 0;
    std::uint8_t bytes = 0;  // which of the eight
    bool atomic = false;
    bool frees = false;
    sched::op by = sched::op::spawn;
    std::uint32_t site = 0;  // in sites_, while the engine records
  };
  struct cell;
  mark mark_of_current();
  cell* find(std::uintptr_t word) noexcept;
  cell& cell_at(std::uintptr_t word);
  void compare(cell& c, std::uintptr_t word, const mark& now, bool write,
               const std::uint32_t* clock) noexcept;
  void forget_stack(const char* low, const char* high) noexcept;
  void report(std::uintptr_t word, const mark& now, bool now_writes, const mark& before,
              bool before_wrote) noexcept;
  void grow();

  std::vector<cell> cells_;
  struct site {
    std::vector<std::uintptr_t> stack;
    std::size_t step;
    std::uint32_t number;
  };
  std::vector<site> sites_;  // of the last accesses, in a ring
  std::uint32_t sites_noted_ = 0;
  std::vector<std::size_t> used_;  // which cells are of this execution
  std::uint64_t run_ = 0;
  engine* engine_ = nullptr;
  int hidden_ = 0;
};

}  // namespace checker
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
