// SPDX-License-Identifier: Apache-2.0
#pragma once
// random: each time any of what can happen next; and following a list.                Floor 6.

#include "check/engine.h"
#include "check/strategy.h"

#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// xoshiro's little sister, splitmix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014).
class generator {
 public:
  explicit generator(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) noexcept {
    return static_cast<std::size_t>(((next() >> 32) * n) >> 32);
  }

 private:
  std::uint64_t state_;
};

class random_walk final : public strategy {
 public:
  explicit random_walk(std::uint64_t seed) noexcept : random_(seed) {}
  bool begin(engine&) override { return true; }
  std::size_t pick(engine&, std::span<const transition> enabled) override {
    return enabled.size() == 1 ? 0 : random_.below(enabled.size());
  }
  unsigned value(engine&, unsigned n) override { return static_cast<unsigned>(random_.below(n)); }

 private:
  generator random_;
};

/// Does what the list says, and when it ends, what takes no preemption.
class follow final : public strategy {
 public:
  explicit follow(std::vector<decision> list) noexcept : list_(std::move(list)) {}
  bool begin(engine&) override {
    at_ = 0;
    return true;
  }
  std::size_t pick(engine&, std::span<const transition> enabled) override {
    if (at_ == list_.size()) return 0;
    decision d = list_[at_++];
    return d.value || d.choice >= enabled.size() ? k_mismatch : d.choice;
  }
  unsigned value(engine&, unsigned n) override {
    if (at_ == list_.size()) return 0;
    decision d = list_[at_++];
    return d.choice % n;
  }

 private:
  std::vector<decision> list_;
  std::size_t at_ = 0;
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
