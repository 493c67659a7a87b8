// SPDX-License-Identifier: Apache-2.0
#pragma once
// hb: the happens-before edges of the contract, as the primitives state them.         Floor 2.
//
// Every primitive calls these where its algorithm makes the edge. In weft::weft the real atomics
// of the algorithm order the same accesses, so that each call is empty and a cell takes no room.
// The race build gives each cell a clock of the race detector (hb_race.h), the checker a vector
// clock; in those two, these calls are the ONLY edges a program is judged by.

#include <weft/detail/base/config.h>

#if WEFT_RACE
#include <weft/detail/contract/hb_race.h>
#elif WEFT_CHECK
#include <weft/detail/contract/hb_check.h>
#else

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::hb {

/// What an edge runs through: the clock a releaser leaves for an acquirer. Part of the object that
/// the edge belongs to, and of its memory.
struct cell {};

/// A cell whose clock can be handed to another without anybody acquiring it: what a parked party
/// has released is moved by those who act for it (contract.md 1.6).
struct moving_cell {
  /// From now on the clock of `other` is here too.
  void take_over(const moving_cell& /*other*/) noexcept {}
};

/// cell := this goroutine's clock (what was in the cell is dropped).
inline void release(cell&) noexcept {}
inline void release(moving_cell&) noexcept {}
/// cell := cell joined with this goroutine's clock.
inline void release_merge(cell&) noexcept {}
/// This goroutine's clock := itself joined with the cell.
inline void acquire(cell&) noexcept {}
inline void acquire(moving_cell&) noexcept {}
/// An access on the user's behalf, so that a misuse of the object at `address` shows as a race.
inline void read(const void*, std::size_t) noexcept {}
inline void write(const void*, std::size_t) noexcept {}

/// While it lives, the caller acts for nobody in particular, and knows what is in the cell: a
/// timer's function when it falls due.
struct on_behalf {
  explicit on_behalf(cell&) noexcept {}
  explicit on_behalf(moving_cell&) noexcept {}
};
/// While it lives, the caller also knows what is in the cell, and has forgotten it afterwards: the
/// last owner, who destroys what others have used.
struct aside {
  explicit aside(cell&) noexcept {}
};

/// While it lives, the caller's accesses are no accesses of the user's.
struct unseen_scope {};

/// Calls f, whose accesses and freeing of memory are no accesses of the user's: the moving of a
/// value through a channel, which the edges of the channel order.
template <class F>
WEFT_ALWAYS_INLINE void unseen(F&& f) noexcept(noexcept(f())) {
  f();
}

/// The two cells of each slot of a buffered channel (contract.md 1.6): `full` carries the k-th
/// send to the k-th receive, `empty` the k-th receive to the send k + capacity.
class slot_cells {
 public:
  explicit slot_cells(std::size_t /*capacity*/) noexcept {}
  moving_cell& full(std::size_t) noexcept { return none_; }
  moving_cell& empty(std::size_t) noexcept { return none_; }

 private:
  [[no_unique_address]] moving_cell none_;
};

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

/// First in a public function that makes edges or accesses: a report names it and its caller.
#define WEFT_API_FRAME static_assert(true)

#endif
