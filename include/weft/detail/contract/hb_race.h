// SPDX-License-Identifier: Apache-2.0
#pragma once
// hb_race: the happens-before edges in the race build, as ThreadSanitizer's clocks.   Floor 2.
//
// Included by hb.h, which says what each call means. The mapping is that of contract.md 1.6:
// release is an overwriting release-store, release_merge and acquire are ThreadSanitizer's own.

#include <weft/detail/base/atomic.h>
#include <weft/detail/base/config.h>
#include <weft/detail/contract/hb_unseen.h>

#include <cstdint>
#include <type_traits>

WEFT_UNSEEN_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::hb {

class cell {
 public:
  // The making of an object comes before every use of it (E24): whatever clock was left at this
  // address by an older object is dropped.
  constexpr cell() noexcept {
    if (!std::is_constant_evaluated()) start();
  }
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;

 private:
  friend void release(cell& c) noexcept;
  friend void release_merge(cell& c) noexcept;
  friend void acquire(cell& c) noexcept;

  void start() noexcept;

  unsigned char at_ = 0;  // ThreadSanitizer keeps the clock under this address
};

/// A clock on the heap with several owners. Released into once.
struct shared_clock {
  unsigned char at = 0;
  shared_word<std::uint32_t> refs{1};
};

class moving_cell {
 public:
  constexpr moving_cell() noexcept = default;
  moving_cell(const moving_cell&) = delete;
  moving_cell& operator=(const moving_cell&) = delete;
  ~moving_cell() { drop(); }

  void take_over(const moving_cell& other) noexcept;
  /// Forgets the clock, and gives its memory back.
  void drop() noexcept;

 private:
  friend void release(moving_cell& c) noexcept;
  friend void acquire(moving_cell& c) noexcept;

  shared_clock* clock_ = nullptr;  // guarded by what guards the object this is part of
};

void release(cell& c) noexcept;
void release(moving_cell& c) noexcept;
void release_merge(cell& c) noexcept;
void acquire(cell& c) noexcept;
void acquire(moving_cell& c) noexcept;
void read(const void* address, std::size_t size) noexcept;
void write(const void* address, std::size_t size) noexcept;

/// A fiber of ThreadSanitizer, switched to and back from on the same stack.
class other_clock {
 public:
  other_clock(const other_clock&) = delete;
  other_clock& operator=(const other_clock&) = delete;

 protected:
  enum class origin : unsigned char { nobody, caller };
  explicit other_clock(origin from) noexcept;
  ~other_clock();

 private:
  void* own_;
  void* borrowed_;
};

class on_behalf : other_clock {
 public:
  explicit on_behalf(cell& c) noexcept : other_clock(origin::nobody) { acquire(c); }
  explicit on_behalf(moving_cell& c) noexcept : other_clock(origin::nobody) { acquire(c); }
};

class aside : other_clock {
 public:
  explicit aside(cell& c) noexcept : other_clock(origin::caller) { acquire(c); }
};

class slot_cells {
 public:
  explicit slot_cells(std::size_t /*capacity*/) noexcept {}
  slot_cells(const slot_cells&) = delete;
  slot_cells& operator=(const slot_cells&) = delete;
  ~slot_cells();
  moving_cell& full(std::size_t i) noexcept { return at(2 * i); }
  moving_cell& empty(std::size_t i) noexcept { return at(2 * i + 1); }

 private:
  struct table;
  moving_cell& at(std::size_t i) noexcept;

  table* cells_ = nullptr;  // made at the first use: guarded by the channel's lock
};

/// A function of weft on ThreadSanitizer's shadow stack, called from `caller`.
class api_frame {
 public:
  explicit api_frame(void* caller) noexcept;
  api_frame(const api_frame&) = delete;
  api_frame& operator=(const api_frame&) = delete;
  ~api_frame();
};

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
WEFT_UNSEEN_END

#define WEFT_API_FRAME \
  const ::weft::detail::hb::api_frame weft_api_frame(__builtin_return_address(0))
