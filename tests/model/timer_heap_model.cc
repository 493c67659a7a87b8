// SPDX-License-Identifier: Apache-2.0
// timer_heap_model.cc: a timer is disarmed or fires, once and not both, while its heap is fired by
// its owner and by thieves, and moved to another processor.

#include "model/model.h"
#include "runtime/timer_heap.h"

namespace {

using weft::detail::k_never;
using weft::detail::nanotime_t;
using weft::detail::timer_heap;
using weft::detail::timer_node;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};

struct alarm : timer_node {
  int fired = 0;
  int disarmed = 0;

  alarm() {
    fire = [](timer_node& n, nanotime_t) noexcept { ++static_cast<alarm&>(n).fired; };
  }
  // As disarm_timer() of src/runtime/timers.cc.
  void disarm() {
    while (timer_heap* h = heap.load())
      if (h->remove(*this)) {
        ++disarmed;
        return;
      }
  }
};

struct clock {
  timer_heap heap;
  timer_heap other;
  alarm a;
  alarm b;

  clock() {
    bool first = false;
    expect(heap.insert(a, 10, &first) && first);
    expect(heap.insert(b, 20, &first) && !first);
  }
  void expect_once(const alarm& x) { expect(x.fired + x.disarmed == 1, "fired and disarmed"); }
  void end() {
    settle();
    heap.fire_due(30);
    other.fire_due(30);
    expect_once(a);
    expect_once(b);
    expect(heap.earliest() == k_never && other.earliest() == k_never);
  }
};

TEST(TimerHeapModel, FireAndDisarm) {
  expect_holds(
      [] {
        clock c;
        weft::go([&] { c.heap.fire_due(10); });
        weft::go([&] { c.a.disarm(); });
        c.end();
      },
      {.fine = k_small});
}

TEST(TimerHeapModel, TwoWhoFire) {
  expect_holds(
      [] {
        clock c;
        weft::go([&] { c.heap.fire_due(30); });
        weft::go([&] { c.heap.fire_due(30); });
        c.end();
      },
      {.fine = k_small, .preemptions = 3});
}

TEST(TimerHeapModel, MoveAndDisarm) {
  expect_holds(
      [] {
        clock c;
        weft::go([&] { expect(c.heap.move_to(c.other)); });
        weft::go([&] { c.b.disarm(); });
        c.end();
      },
      {.fine = k_small, .preemptions = 3});
}

TEST(TimerHeapModel, MoveFireAndDisarm) {
  expect_holds(
      [] {
        clock c;
        weft::go([&] { expect(c.heap.move_to(c.other)); });
        weft::go([&] { c.other.fire_due(30); });
        weft::go([&] { c.b.disarm(); });
        c.end();
      },
      {.fine = k_small, .preemptions = 2});
}

}  // namespace
