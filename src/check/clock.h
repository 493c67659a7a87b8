// SPDX-License-Identifier: Apache-2.0
#pragma once
// clock: vector clocks, and the memory they live in for one execution.                Floor 6.
//
// A clock has one number for each goroutine of the execution: how many of its events the owner of
// the clock knows of. All clocks of an execution have the same width; one that spawns more
// goroutines than that is begun again with a larger one.

#include <weft/detail/contract/hb.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

using tick = std::uint32_t;

/// Bump allocation; reset() forgets everything and keeps the memory.
class arena {
 public:
  tick* take(std::size_t n) {
    if (used_ + n > k_chunk) next_chunk();
    tick* p = chunks_[chunk_].get() + used_;
    used_ += n;
    return p;
  }
  void reset() noexcept {
    chunk_ = 0;
    used_ = chunks_.empty() ? k_chunk : 0;
  }

 private:
  static constexpr std::size_t k_chunk = 1 << 16;
  void next_chunk() {
    if (!chunks_.empty()) ++chunk_;
    if (chunk_ == chunks_.size()) chunks_.push_back(std::make_unique<tick[]>(k_chunk));
    used_ = 0;
  }

  std::vector<std::unique_ptr<tick[]>> chunks_;
  std::size_t chunk_ = 0;
  std::size_t used_ = k_chunk;  // full: the first take() makes a chunk
};

inline void join(tick* into, const tick* from, std::size_t width) noexcept {
  for (std::size_t i = 0; i < width; ++i) into[i] = std::max(into[i], from[i]);
}

}  // namespace detail::checker

namespace detail::hb {

/// A clock that never changes.
struct snapshot {
  checker::tick at[1];  // as many as the execution's width
};

}  // namespace detail::hb
}  // namespace weft::inline WEFT_WORLD
