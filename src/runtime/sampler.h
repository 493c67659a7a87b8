// SPDX-License-Identifier: Apache-2.0
#pragma once
// sampler: which events of a processor are looked at closely.                         Floor 3.
//
// Looking costs more than what is looked at, where events come fast. So one in `weight` is taken
// and stands for that many; the weight follows how fast they come. Which ones is left to chance,
// for events come in patterns.

#include "os/random.h"

#include <algorithm>
#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail {

class sampler {
 public:
  /// Is this event to be taken? Then take() must follow.
  bool due() noexcept { return --countdown_ == 0; }
  /// The same in two steps: pass() if not.
  [[nodiscard]] bool about_due() const noexcept { return countdown_ == 1; }
  void pass() noexcept { --countdown_; }

  /// How many events the one that is due stands for. `apart`: how many nanoseconds are to lie
  /// between two that are taken, in the mean.
  std::uint32_t take(std::int64_t now, std::int64_t apart, std::uint32_t least,
                     std::uint32_t most) noexcept {
    std::uint32_t weight = weight_;
    std::int64_t passed = std::max<std::int64_t>(now - taken_at_, 1);
    taken_at_ = now;
    auto fitting = static_cast<std::int64_t>(weight) + apart * gap_ / passed;
    set_weight(
        static_cast<std::uint32_t>(std::clamp<std::int64_t>((fitting + 1) / 2, least, most)));
    return weight;
  }

  /// The next event is due, and stands for so many.
  void restart(std::uint32_t weight) noexcept {
    weight_ = weight;
    gap_ = countdown_ = 1;
  }

  [[nodiscard]] std::int64_t taken_at() const noexcept { return taken_at_; }

 private:
  // From 1 to 2 * weight - 1, so `weight` in the mean.
  void set_weight(std::uint32_t weight) noexcept {
    weight_ = weight;
    gap_ = 1;
    if (weight > 1) gap_ += os::random_u32() % (2 * weight - 1);
    countdown_ = gap_;
  }

  std::uint32_t countdown_ = 1;
  std::uint32_t gap_ = 1;  // what the countdown began at
  std::uint32_t weight_ = 1;
  std::int64_t taken_at_ = 0;
};

/// What the profiles of waiting keep for each processor. Its owner's.
struct wait_samples {
  sampler parks;                 // whose length is measured
  sampler contentions;           // of locks
  std::uint32_t epoch = 0;       // see wait_profile.h
  std::int64_t read_at = 0;      // the clock, when it was last read for a profile
  std::int64_t rate = 0;         // that of the block profile at that time
  std::int64_t worth = 0;        // nanoseconds of blocking that make one record
  std::int64_t recorded_at = 0;  // when the last one was made
  std::int64_t cost = 1000;      // nanoseconds that one takes to make
  double count = 0;              // of the wait that is just ending, if it is to be recorded
  double value = 0;
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
