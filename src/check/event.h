// SPDX-License-Identifier: Apache-2.0
#pragma once
// event: a transition that can be taken, and one that was.                            Floor 6.

#include <weft/detail/contract/sched_op.h>

#include "check/clock.h"
#include "check/dependence.h"

#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

inline constexpr std::uint16_t k_nobody = 0xffff;
inline constexpr std::uint16_t k_else = 0xffff;  // alternative: no offer was taken

/// A goroutine does what it is about to do: which alternative of it, and with whom. In a
/// rendezvous `who` sends and `partner` receives.
struct transition {
  std::uint16_t who = 0;
  std::uint16_t alt = 0;
  std::uint16_t partner = k_nobody;
  std::uint16_t partner_alt = 0;

  friend bool operator==(const transition&, const transition&) = default;
  [[nodiscard]] bool involves(std::uint16_t g) const noexcept { return who == g || partner == g; }
  [[nodiscard]] std::uint16_t alt_of(std::uint16_t g) const noexcept {
    return who == g ? alt : partner_alt;
  }
};

struct event {
  transition what;
  sched::op op = sched::op::yield;
  std::uint32_t own = 0;  // which of who's events, from 1
  std::uint32_t partners = 0;
  std::uint32_t first_access = 0;  // its accesses are [first_access, last_access)
  std::uint32_t last_access = 0;
  std::uint32_t first_partners = 0;  // of these, [first_partners, last_partners) are the partner's
  std::uint32_t last_partners = 0;
  tick* past = nullptr;  // the dependence clock, after it
  std::uint32_t frame = 0;
  std::uint64_t value = 0;  // which write a read found
  bool fails = false;       // it turned out to change nothing

  /// Does it come before what has this clock?
  [[nodiscard]] bool before(const tick* clock) const noexcept { return clock[what.who] >= own; }
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
