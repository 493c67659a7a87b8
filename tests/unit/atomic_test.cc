// SPDX-License-Identifier: Apache-2.0
// atomic and var: every operation against a model, wrapping, litmus tests of the one order.
#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/var.h>

#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>

#include "support/with_procs.h"

namespace weft_test {
namespace {

class Atomic : public with_procs {};
WEFT_INSTANTIATE_PROCS(Atomic);

template <class T>
class AtomicInteger : public testing::Test {};
using integers =
    testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                   std::uint32_t, std::int64_t, std::uint64_t, std::uintptr_t, char>;
TYPED_TEST_SUITE(AtomicInteger, integers);

// A01, A02
TYPED_TEST(AtomicInteger, EveryOperationDoesAsTheModel) {
  using T = TypeParam;
  using wide = std::uint64_t;
  std::mt19937_64 random(seed());
  weft::atomic<T> a;
  T model = 0;
  EXPECT_EQ(a.load(), T{0});
  for (int i = 0; i < 5000; ++i) {
    const T n = static_cast<T>(random());
    const T old = model;
    auto wrapped = [](wide x) { return static_cast<T>(x); };
    switch (random() % 14) {
      case 0:
        a.store(n);
        model = n;
        break;
      case 1:
        EXPECT_EQ(a.exchange(n), old);
        model = n;
        break;
      case 2:
        EXPECT_EQ(a.fetch_add(n), old);
        model = wrapped(static_cast<wide>(old) + static_cast<wide>(n));
        break;
      case 3:
        EXPECT_EQ(a.fetch_sub(n), old);
        model = wrapped(static_cast<wide>(old) - static_cast<wide>(n));
        break;
      case 4:
        EXPECT_EQ(a.fetch_and(n), old);
        model = static_cast<T>(old & n);
        break;
      case 5:
        EXPECT_EQ(a.fetch_or(n), old);
        model = static_cast<T>(old | n);
        break;
      case 6:
        EXPECT_EQ(a.fetch_xor(n), old);
        model = static_cast<T>(old ^ n);
        break;
      case 7: {
        T expected = old;
        EXPECT_TRUE(a.compare_exchange(expected, n));
        EXPECT_EQ(expected, old);
        model = n;
        break;
      }
      case 8: {
        T wrong = static_cast<T>(old ^ 1);
        EXPECT_FALSE(a.compare_exchange(wrong, n));
        EXPECT_EQ(wrong, old);
        break;
      }
      case 9:
        model = wrapped(static_cast<wide>(old) + 1);
        EXPECT_EQ(++a, model);
        break;
      case 10:
        model = wrapped(static_cast<wide>(old) - 1);
        EXPECT_EQ(a--, old);
        break;
      case 11:
        model = wrapped(static_cast<wide>(old) + static_cast<wide>(n));
        EXPECT_EQ(a += n, model);
        break;
      case 12:
        model = static_cast<T>(old | n);
        EXPECT_EQ(a |= n, model);
        break;
      default:
        EXPECT_EQ((a = n), n);
        model = n;
    }
    ASSERT_EQ(a.load(), model);
    ASSERT_EQ(static_cast<T>(a), model);
  }
}

TEST_P(Atomic, OtherTypes) {
  run([] {
    weft::atomic<bool> flag;
    EXPECT_FALSE(flag);
    flag = true;
    EXPECT_TRUE(flag.exchange(false));
    int values[3] = {1, 2, 3};
    weft::atomic<int*> p(values);
    EXPECT_EQ(*p.load(), 1);
    EXPECT_EQ(++p, values + 1);
    EXPECT_EQ(p += 1, values + 2);
    EXPECT_EQ(p.fetch_sub(2), values + 2);
    struct point {
      int x, y;
    };
    weft::atomic<point> where(point{1, 2});
    EXPECT_EQ(where.load().y, 2);
    enum class color : char { red, blue };
    weft::atomic<color> c(color::red);
    color expected = color::red;
    EXPECT_TRUE(c.compare_exchange(expected, color::blue));
    weft::atomic<double> d(0.5);
    EXPECT_EQ(d.exchange(1.5), 0.5);
  });
}

// A03
TEST_P(Atomic, WideOnesAreAlignedWhereverTheyStand) {
  struct odd {
    char c;
    weft::atomic<std::int64_t> wide;
  };
  static_assert(alignof(weft::atomic<std::int64_t>) == 8);
  static_assert(offsetof(odd, wide) % 8 == 0);
}

TEST_P(Atomic, NoUpdateIsLost) {
  run([] {
    weft::atomic<int> count = 0;
    crew all;
    for (int k = 0; k < 100; ++k) {
      all.go([&] {
        for (int i = 0; i < 100; ++i) ++count;
      });
    }
    all.join();
    EXPECT_EQ(count, 10'000);
  });
}

// A05: store buffering.
TEST_P(Atomic, TwoThatWriteThenReadCannotBothMiss) {
  run([] {
    for (int i = 0; i < scaled(5000); ++i) {
      weft::atomic<int> x = 0;
      weft::atomic<int> y = 0;
      int r1 = -1;
      int r2 = -1;
      {
        crew all;
        all.go([&] {
          x = 1;
          r1 = y;
        });
        all.go([&] {
          y = 1;
          r2 = x;
        });
      }
      EXPECT_FALSE(r1 == 0 && r2 == 0);
    }
  });
}

// A06: independent reads of independent writes.
TEST_P(Atomic, ReadersAgreeOnTheOrderOfWrites) {
  run([] {
    for (int i = 0; i < scaled(2000); ++i) {
      weft::atomic<int> x = 0;
      weft::atomic<int> y = 0;
      int r[4] = {};
      {
        crew all;
        all.go([&] { x = 1; });
        all.go([&] { y = 1; });
        all.go([&] {
          r[0] = x;
          r[1] = y;
        });
        all.go([&] {
          r[2] = y;
          r[3] = x;
        });
      }
      EXPECT_FALSE(r[0] == 1 && r[1] == 0 && r[2] == 1 && r[3] == 0);
    }
  });
}

TEST_P(Atomic, VarIsThePlainType) {
  static_assert(std::is_same_v<weft::var<int>, int>);
  static_assert(std::is_same_v<weft::var<int*>, int*>);
  weft::var<bool> b = false;
  b = true;
  EXPECT_TRUE(b);
}

}  // namespace
}  // namespace weft_test
