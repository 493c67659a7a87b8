// SPDX-License-Identifier: Apache-2.0
#pragma once
// strategy: who decides what happens next in an execution.                            Floor 6.
//
// A new way to search is a class here and a line in make_strategy() of explore.cc.

#include "check/event.h"

#include <memory>
#include <span>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

class engine;

class strategy {
 public:
  strategy() = default;
  strategy(const strategy&) = delete;
  strategy& operator=(const strategy&) = delete;
  virtual ~strategy() = default;

  static constexpr std::size_t k_prune = ~std::size_t{0};
  static constexpr std::size_t k_mismatch = k_prune - 1;

  /// Another execution? Called before each.
  virtual bool begin(engine& e) = 0;
  /// Which of these is to happen: an index. k_prune: whatever comes now has been seen. k_mismatch:
  /// this is not the program that was seen before. The transitions of who ran last come first.
  virtual std::size_t pick(engine& e, std::span<const transition> enabled) = 0;
  /// A number in [0, n).
  virtual unsigned value(engine& e, unsigned n) = 0;
  /// The last event of the execution is complete.
  virtual void happened(engine& /*e*/) {}
  /// The execution has come to its end; not called when it was pruned.
  virtual void ended(engine& /*e*/) {}
  /// Was the last execution one of those that this search is to see? (Another shard's is not.)
  [[nodiscard]] virtual bool counts() const noexcept { return true; }
  /// Does it notice by itself that the program does something else than before?
  [[nodiscard]] virtual bool compares() const noexcept { return false; }
  /// Are accesses and dependence clocks to be kept?
  [[nodiscard]] virtual bool wants_dependence() const noexcept { return false; }
  /// How much of all there is to see has been seen, 0 to 1, as far as can be told; -1: unknown.
  [[nodiscard]] virtual double progress() const noexcept { return -1; }
  /// Has everything been seen?
  [[nodiscard]] virtual bool complete() const noexcept { return false; }
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
