// SPDX-License-Identifier: Apache-2.0
#pragma once
// samplers: ways to draw a schedule at random that find more than a fair coin.        Floor 6.

#include "check/random.h"

#include <memory>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// Partial order sampling: every pending operation has a random priority, the highest is performed,
/// and those that compete with it draw anew (X. Yuan, J. Yang, R. Gu, CAV 2018).
std::unique_ptr<strategy> make_pos(std::uint64_t seed);

/// Probabilistic concurrency testing: random priorities of goroutines, which change at depth - 1
/// random steps (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, ASPLOS 2010).
std::unique_ptr<strategy> make_pct(std::uint64_t seed, unsigned depth);

/// Uniform random walk: a goroutine is chosen as often as it has steps to go, by what the last
/// execution had (after H. Zhao, D. Wolff, U. Mathur, A. Roychoudhury, ASPLOS 2025).
std::unique_ptr<strategy> make_urw(std::uint64_t seed);

/// Round robin, but that a few goroutines, at random steps, are passed over (M. Emmi, S. Qadeer,
/// Z. Rakamaric, POPL 2011).
std::unique_ptr<strategy> make_delay(std::uint64_t seed, unsigned delays);

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
