// SPDX-License-Identifier: Apache-2.0
// once_model.cc: one of those who come runs the function, and all of them see what it did.
// covers: ON-1/ON-2 ON-2/ON-3 ON-2/ON-4

#include <weft/once.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

struct gate {
  weft::once once;
  int runs = 0;

  void call() {
    once.call([&] { ++runs; });
    expect(runs == 1);
  }
};

void meet(int callers) {
  gate g;
  for (int i = 0; i < callers; ++i) weft::go([&] { g.call(); });
  settle();
}

TEST(OnceModel, TwoCallers) {
  expect_holds([] { meet(2); });
}

TEST(OnceModel, ThreeCallers) {
  expect_holds([] { meet(3); }, {.fine = {.asymmetric = false, .stale = 1}, .preemptions = 3});
}

TEST(OnceModel, OneCallsTwice) {
  expect_holds([] {
    gate g;
    weft::go([&] { g.call(), g.call(); });
    weft::go([&] { g.call(); });
    settle();
  });
}

}  // namespace
