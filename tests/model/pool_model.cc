// SPDX-License-Identifier: Apache-2.0
// pool_model.cc: the pool: each object is given to one who sees what was written before it was put,
// or else destroyed by who puts it. A shelf has room for two.
// covers: PL-1/PL-2

#include <weft/pool.h>

#include "model/model.h"

#include <utility>

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

constexpr weft_model::grain k_one_shelf{.asymmetric = false};
constexpr weft_model::grain k_two_shelves{.asymmetric = false, .processors = 2};

struct letter {
  int text = 0;
  int taken = 0;
  int destroyed = 0;
};

// Owns a letter, or nothing.
class envelope {
 public:
  explicit envelope(letter* l) : letter_(l) {}
  envelope(envelope&& other) noexcept : letter_(std::exchange(other.letter_, nullptr)) {}
  envelope& operator=(envelope&&) = delete;
  ~envelope() {
    if (letter_ != nullptr) ++letter_->destroyed;
  }
  letter* open() { return std::exchange(letter_, nullptr); }

 private:
  letter* letter_;
};

struct office {
  letter letters[4];
  weft::pool<envelope> pool{[] { return envelope(nullptr); }};

  void put(int i) {
    letters[i].text = i + 1;
    pool.put(envelope(&letters[i]));
  }
  bool get() {
    letter* l = pool.get().open();
    if (l == nullptr) return false;
    expect(l->text == l - letters + 1, "the letter is not written yet");
    ++l->taken;
    return true;
  }
  // Of the first n, each has gone to somebody.
  void expect_sent(int n) {
    while (get()) continue;
    for (int i = 0; i < n; ++i)
      expect(letters[i].taken + letters[i].destroyed == 1, "lost, or there twice");
  }
};

TEST(PoolModel, PutAndGet) {
  auto body = [] {
    office o;
    weft::go([&] { o.put(0); });
    weft::go([&] { o.get(); });
    settle();
    o.expect_sent(1);
  };
  expect_holds(body, {.fine = k_one_shelf});
  expect_holds(body, {.fine = k_two_shelves});
}

TEST(PoolModel, TwoGet) {
  auto body = [] {
    office o;
    o.put(0);
    weft::go([&] { o.get(); });
    weft::go([&] { o.get(); });
    settle();
    o.expect_sent(1);
  };
  expect_holds(body, {.fine = k_one_shelf});
  expect_holds(body, {.fine = k_two_shelves});
}

// There is room for one of them.
TEST(PoolModel, TwoPut) {
  expect_holds(
      [] {
        office o;
        o.put(0);
        weft::go([&] { o.put(1); });
        weft::go([&] { o.put(2); });
        settle();
        o.expect_sent(3);
      },
      {.fine = k_one_shelf});
}

TEST(PoolModel, PutAndGetInTurns) {
  auto body = [] {
    office o;
    weft::go([&] { o.put(0), o.get(); });
    weft::go([&] { o.put(1), o.get(); });
    settle();
    o.expect_sent(2);
  };
  expect_holds(body, {.fine = k_one_shelf, .preemptions = weft_model::preemptions(3)});
}

}  // namespace
