// SPDX-License-Identifier: Apache-2.0
// spawn_deque_model.cc: the goroutines of a processor that have not run yet, in a ring of four
// places here: owner and thieves, of whom some take what is on offer and some go for the ring.
// covers: DQ-7 DQ-19/DQ-20
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/os/asymmetric_fence.h: fence_seq_cst(): fence
// needs: include/weft/detail/os/light_fence.h: fence_seq_cst(): fence
// explores: DQ-7/DQ-8: the look before, which is seq_cst, would do
// explores: DQ-3/DQ-4 DQ-3/DQ-10 DQ-3/DQ-17 DQ-4/DQ-16 DQ-16/DQ-17: orders the reading of a slot
//           before its next write, which only load buffering could turn around

#include "model/queued.h"
#include "runtime/spawn_deque.h"

namespace {

using weft::detail::spawn_deque;
using weft_model::expect_holds;
using weft_model::goroutine;
using weft_model::settle;

struct deque : weft_model::work {
  spawn_deque fresh;

  void push(std::size_t i) { weft_model::expect(fresh.push(make(i)), "no room"); }
  void pop() { run(fresh.pop()); }
  void take_offer() { run(fresh.take_offer()); }
  void take_oldest() { run(fresh.take_oldest()); }
  void steal() { run(fresh.steal_from_ring()); }
  void drain() {
    while (goroutine* g = fresh.pop()) run(g);
  }
};

template <class Owner, class... Thief>
auto contest(std::size_t before, std::size_t all, Owner owner, Thief... thief) {
  return [=] {
    deque d;
    for (std::size_t i = 0; i < before; ++i) d.push(i);
    weft::go([&d, owner] { owner(d); });
    (weft::go([&d, thief] { thief(d); }), ...);
    settle();
    d.drain();
    d.expect_once(all);
  };
}

void steal(deque& d) { d.steal(); }
void steal_two(deque& d) {
  d.steal();
  d.steal();
}
void take(deque& d) { d.take_offer(); }

TEST(SpawnDequeModel, TheLastOfTheRing) {
  auto pop = [](deque& d) { d.pop(); };
  for (bool asymmetric : {true, false}) {
    expect_holds(contest(2, 2, pop, steal), {.fine = {.asymmetric = asymmetric}});
    expect_holds(contest(3, 3, pop, steal_two), {.fine = {.asymmetric = asymmetric}});
  }
}

TEST(SpawnDequeModel, SpawnAndRun) {
  auto owner = [](deque& d) {
    d.push(0);
    d.push(1);
    d.pop();
    d.push(2);
    d.pop();
  };
  expect_holds(contest(0, 3, owner, take));
  expect_holds(contest(0, 3, owner, steal));
  expect_holds(contest(0, 3, owner, steal_two));
}

TEST(SpawnDequeModel, TwoThieves) {
  auto owner = [](deque& d) {
    d.pop();
    d.push(3);
  };
  expect_holds(contest(3, 4, owner, steal, take));
  expect_holds(contest(3, 4, owner, steal, steal));
}

TEST(SpawnDequeModel, TheOldestFirst) {
  auto owner = [](deque& d) {
    d.take_oldest();
    d.push(3);
    d.pop();
  };
  expect_holds(contest(3, 4, owner, steal));
  expect_holds(contest(3, 4, owner, take));
}

}  // namespace
