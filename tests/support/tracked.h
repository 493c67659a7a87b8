// SPDX-License-Identifier: Apache-2.0
#pragma once
// tracked: a number that knows how many of its kind live, and notices being used when dead.
#include <weft/go.h>
#include <gtest/gtest.h>

#include <atomic>

namespace weft_test {

struct tracked {
  static inline std::atomic<int> live = 0;
  static inline std::atomic<int> broken = 0;        // used when dead
  static inline std::atomic<bool> parking = false;  // copies and comparisons yield

  explicit tracked(int n = 0) : number(n) { ++live; }
  tracked(const tracked& other) : number(other.number) {
    other.look();
    ++live;
  }
  tracked(tracked&& other) noexcept : number(other.number) {
    if (other.state_ != k_alive) ++broken;
    ++live;
  }
  tracked& operator=(const tracked& other) = default;
  ~tracked() {
    if (state_ != k_alive) ++broken;
    state_ = k_dead;
    --live;
  }
  bool operator==(const tracked& other) const {
    look();
    return number == other.number;
  }

  int number;

 private:
  void look() const {
    if (state_ != k_alive) ++broken;
    if (!parking) return;
    weft::yield();
    if (state_ != k_alive) ++broken;
  }

  static constexpr unsigned k_alive = 0x5afe5afe;
  static constexpr unsigned k_dead = 0xdeaddead;
  volatile unsigned state_ = k_alive;
};

// Checks at its end that none is left over from the test.
class tracked_scope {
 public:
  explicit tracked_scope(bool parking = false) {
    tracked::live = 0;
    tracked::broken = 0;
    tracked::parking = parking;
  }
  tracked_scope(const tracked_scope&) = delete;
  tracked_scope& operator=(const tracked_scope&) = delete;
  ~tracked_scope() {
    tracked::parking = false;
    EXPECT_EQ(tracked::live, 0) << "leaked, or destroyed twice";
    EXPECT_EQ(tracked::broken, 0) << "used after its end";
  }
};

}  // namespace weft_test
