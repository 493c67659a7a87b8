// SPDX-License-Identifier: Apache-2.0
// run_queue_model.cc: the ring of a processor, of four places here: whatever owner and thieves do,
// each goroutine is run once, by somebody who sees what was written before it was queued.
// covers: RQ-3/RQ-9
// explores: RQ-4/RQ-5 RQ-5/RQ-6 RQ-4/RQ-13 RQ-6/RQ-13: orders the reading of a slot before its next
//           write, which only load buffering could turn around
// explores: RQ-1/RQ-4 RQ-1/RQ-6 RQ-2/RQ-3: a glimpse, of which nothing but a number is used

#include "model/queued.h"
#include "runtime/run_queue.h"

namespace {

using weft::detail::run_queue;
using weft_model::expect_holds;
using weft_model::goroutine;
using weft_model::settle;

static_assert(run_queue::k_size == 4);

struct ring : weft_model::work {
  run_queue queue;

  explicit ring(std::uint32_t at) { queue.start_at(at); }
  void push(std::size_t i) { weft_model::expect(queue.push(make(i)), "no room"); }
  void pop() { run(queue.pop()); }
  void steal(std::uint32_t limit) {
    goroutine* out[run_queue::k_size / 2];
    std::uint32_t n = queue.take_half(out, limit);
    for (std::uint32_t i = 0; i < n; ++i) run(out[i]);
  }
  void drain() {
    while (goroutine* g = queue.pop()) run(g);
  }
};

constexpr std::uint32_t k_before_the_end = ~std::uint32_t{0} - 1;  // the counters run over

TEST(RunQueueModel, OwnerAndThief) {
  expect_holds([] {
    ring r(k_before_the_end);
    weft::go([&] {
      r.push(0);
      r.push(1);
      r.pop();
      r.push(2);
      r.pop();
    });
    weft::go([&] { r.steal(2); });
    settle();
    r.drain();
    r.expect_once(3);
  });
}

TEST(RunQueueModel, APlaceIsUsedAgain) {
  expect_holds([] {
    ring r(k_before_the_end);
    for (std::size_t i = 0; i < 4; ++i) r.push(i);
    weft::go([&] {
      r.pop();
      r.push(4);
      r.pop();
      r.push(5);
    });
    weft::go([&] { r.steal(2); });
    settle();
    r.drain();
    r.expect_once(6);
  });
}

TEST(RunQueueModel, TwoThieves) {
  expect_holds([] {
    ring r(k_before_the_end);
    r.push(0);
    r.push(1);
    weft::go([&] {
      r.pop();
      r.push(2);
    });
    weft::go([&] { r.steal(2); });
    weft::go([&] { r.steal(1); });
    settle();
    r.drain();
    r.expect_once(3);
  });
}

TEST(RunQueueModel, ALookFromOutside) {
  expect_holds([] {
    ring r(0);
    weft::go([&] {
      r.push(0);
      r.pop();
      r.push(1);
    });
    weft::go([&] { weft_model::expect(r.queue.size() <= run_queue::k_size); });
    weft::go([&] { r.steal(2); });
    settle();
    r.drain();
    r.expect_once(2);
  });
}

}  // namespace
