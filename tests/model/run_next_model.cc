// SPDX-License-Identifier: Apache-2.0
// run_next_model.cc: the goroutine that runs next, which its owner touches without an atomic
// read-modify-write, and a thief only after it has told the owner so and seen that it is away.
// covers: RN-4/RN-5 RN-5/RN-12 RN-8/RN-9
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/os/asymmetric_fence.h: fence_seq_cst(): fence
// needs: include/weft/detail/os/light_fence.h: fence_seq_cst(): fence

#include "model/queued.h"
#include "runtime/processor.h"

namespace {

using weft_model::expect_holds;
using weft_model::goroutine;
using weft_model::settle;

struct next : weft_model::work {
  weft::detail::processor p;

  void put(std::size_t i) { run(p.exchange_run_next(&make(i))); }
  void take() { run(p.exchange_run_next(nullptr)); }
  void steal() { run(p.steal_run_next()); }
};

// A turn of the owner's wait for a thief lets the thief go on.
weft_model::bounds within(bool asymmetric, int preemptions) {
  return {.fine = {.asymmetric = asymmetric, .relax_yields = true}, .preemptions = preemptions};
}

TEST(RunNextModel, OwnerAndThief) {
  for (bool asymmetric : {true, false}) {
    expect_holds(
        [] {
          next n;
          n.put(0);
          weft::go([&] {
            n.take();
            n.put(1);
          });
          weft::go([&] { n.steal(); });
          settle();
          n.take();
          n.expect_once(2);
        },
        within(asymmetric, 4));
  }
}

TEST(RunNextModel, TwoThieves) {
  expect_holds(
      [] {
        next n;
        n.put(0);
        weft::go([&] { n.put(1); });
        weft::go([&] { n.steal(); });
        weft::go([&] { n.steal(); });
        settle();
        n.take();
        n.expect_once(2);
      },
      within(true, 3));
}

}  // namespace
