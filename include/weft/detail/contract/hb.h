// SPDX-License-Identifier: Apache-2.0
#pragma once
// hb: the happens-before edges of the contract, as the primitives state them.         Floor 2.
//
// Every primitive calls these where its algorithm makes the edge. In this build, weft::weft, the
// real atomics of the algorithm order the same accesses, so that each call is empty and a cell
// takes no room. The race build gives each cell a clock of the race detector, the checker a
// vector clock; in those two, these calls are the ONLY edges a program is judged by.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::hb {

/// What an edge runs through: the clock a releaser leaves for an acquirer.
struct cell {};

/// cell := this goroutine's clock (what was in the cell is dropped).
inline void release(cell&) noexcept {}
/// cell := cell joined with this goroutine's clock.
inline void release_merge(cell&) noexcept {}
/// This goroutine's clock := itself joined with the cell.
inline void acquire(cell&) noexcept {}
/// An access on the user's behalf, so that a misuse of the object at `address` shows as a race.
inline void read(const void*, std::size_t) noexcept {}
inline void write(const void*, std::size_t) noexcept {}

/// The two cells of each slot of a buffered channel (contract.md 1.6): `full` carries the k-th
/// send to the k-th receive, `empty` the k-th receive to the send k + capacity. A parked party's
/// cell can be installed in place of a slot's: its clock moves without anybody acquiring it.
class slot_cells {
 public:
  explicit slot_cells(std::size_t /*capacity*/) noexcept {}
  cell& full(std::size_t) noexcept { return none_; }
  cell& empty(std::size_t) noexcept { return none_; }
  void install_full(std::size_t, cell&) noexcept {}
  void install_empty(std::size_t, cell&) noexcept {}

 private:
  [[no_unique_address]] cell none_;
};

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
