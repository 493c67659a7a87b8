// SPDX-License-Identifier: Apache-2.0
#pragma once
// hb_check: the happens-before edges in the checker's build, as vector clocks.        Floor 2.
//
// Included by hb.h, which says what each call means. A cell points to a clock that never changes
// once it is there; what it points to is good for one execution of the checker only, and `run_`
// says for which.

#include <weft/detail/base/config.h>
#include <weft/detail/contract/hb_unseen.h>

#include <cstddef>
#include <cstdint>
#include <memory>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::hb {

struct snapshot;

class cell {
 public:
  constexpr cell() noexcept = default;
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;

  /// The clock, if it is of this execution.
  [[nodiscard]] const snapshot* get(std::uint64_t run) const noexcept {
    return run_ == run ? clock_ : nullptr;
  }
  void set(const snapshot* clock, std::uint64_t run) noexcept {
    clock_ = clock;
    run_ = run;
  }

 private:
  const snapshot* clock_ = nullptr;
  std::uint64_t run_ = 0;
};

class moving_cell : public cell {
 public:
  void take_over(const moving_cell& other) noexcept;
};

void release(cell& c) noexcept;
void release_merge(cell& c) noexcept;
void acquire(cell& c) noexcept;
void read(const void* address, std::size_t size) noexcept;
void write(const void* address, std::size_t size) noexcept;

/// Puts the clock of whoever is running aside, for as long as it lives.
class other_clock {
 public:
  other_clock(const other_clock&) = delete;
  other_clock& operator=(const other_clock&) = delete;

 protected:
  enum class origin : unsigned char { nobody, caller };
  other_clock(origin from, cell& known) noexcept;
  ~other_clock();

 private:
  void* kept_ = nullptr;
};

class on_behalf : other_clock {
 public:
  explicit on_behalf(cell& c) noexcept : other_clock(origin::nobody, c) {}
};

class aside : other_clock {
 public:
  explicit aside(cell& c) noexcept : other_clock(origin::caller, c) {}
};

class slot_cells {
 public:
  explicit slot_cells(std::size_t capacity) noexcept : capacity_(capacity) {}
  moving_cell& full(std::size_t i) noexcept { return at(2 * i); }
  moving_cell& empty(std::size_t i) noexcept { return at(2 * i + 1); }

 private:
  moving_cell& at(std::size_t i) noexcept;

  std::unique_ptr<moving_cell[]> cells_;  // made at the first use
  std::size_t capacity_;
};

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

#define WEFT_API_FRAME static_assert(true)
