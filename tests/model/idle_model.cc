// SPDX-License-Identifier: Apache-2.0
// idle_model.cc: workers that go to sleep, those who bring work, and thieves: no goroutine is left
// in a queue while all workers sleep, nor behind one that is busy while another sleeps, and each
// runs once.
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/os/asymmetric_fence.h: fence_seq_cst(): fence
// needs: include/weft/detail/os/light_fence.h: fence_seq_cst(): fence

#include "model/machine.h"
#include "model/model.h"
#include "os/futex.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::machine;
using weft_model::preemptions;
using weft_model::settle;

constexpr weft_model::grain k_asymmetric{.asymmetric = true, .stale = 1, .relax_yields = true};
constexpr weft_model::grain k_fenced{.asymmetric = false, .stale = 1, .relax_yields = true};

// A thread that blocks, as in a long computation: nothing tells the runtime.
class event {
 public:
  void set() {
    word_.store(1);
    weft::detail::os::futex_wake(word_, 8);
  }
  void wait() {
    while (word_.load() == 0) weft::detail::os::futex_wait(word_, 0);
  }

 private:
  weft::detail::shared_word<std::uint32_t> word_{0};
};

// `workers` look for work and fall asleep, while a plain thread starts a goroutine for each of
// `submitted`.
template <class... Submitted>
auto submitted(unsigned workers, Submitted... each) {
  return [=] {
    machine m(workers);
    std::array<int, machine::k_most_goroutines> runs{};
    (m.body(each, [&runs, each](unsigned) { ++runs[each]; }), ...);
    for (unsigned w = 0; w < workers; ++w) weft::go([&m, w] { m.work(w); });
    (weft::go([&m, each] { m.spawn(each); }), ...);
    settle();
    expect(((runs[each] == 1) && ...), "not run once");
    m.end();
  };
}

TEST(IdleModel, AWorkerAndASubmitter) {
  for (const weft_model::grain& fine : {k_asymmetric, k_fenced})
    expect_holds(submitted(1, 0U), {.fine = fine, .preemptions = preemptions(3)});
}

TEST(IdleModel, AWorkerAndTwoSubmitters) {
  expect_holds(submitted(1, 0U, 1U), {.fine = k_asymmetric, .preemptions = preemptions(2)});
}

TEST(IdleModel, TwoWorkersAndASubmitter) {
  expect_holds(submitted(2, 0U), {.fine = k_asymmetric, .preemptions = preemptions(1)});
}

// A goroutine starts two others and then blocks its thread: the one that its processor does not
// keep for itself is run by the other worker, though that may be about to sleep.
TEST(IdleModel, WorkBehindABusyWorker) {
  for (const weft_model::grain& fine : {k_asymmetric, k_fenced}) {
    expect_holds(
        [] {
          machine m(2);
          event done;
          int runs = 0;
          m.body(0, [&](unsigned) {
            m.spawn(1);
            m.spawn(2);
            done.wait();
          });
          m.body(1, [&](unsigned) { done.set(); });
          m.body(2, [&](unsigned) { ++runs; });
          m.spawn(0);
          for (unsigned w = 0; w < 2; ++w) weft::go([&m, w] { m.work(w); });
          settle();
          expect(runs == 1);
          m.end();
        },
        {.fine = fine, .preemptions = preemptions(1)});
  }
}

// Two goroutines each of which blocks its thread until the other has begun. One of the two who
// bring them may find that somebody searches already: who finds work by searching wakes the next.
TEST(IdleModel, TwoThatNeedTwoWorkers) {
  expect_holds(
      [] {
        machine m(2);
        event begun[2];
        for (unsigned i = 0; i < 2; ++i) {
          m.body(i, [&, i](unsigned) {
            begun[i].set();
            begun[1 - i].wait();
          });
        }
        for (unsigned w = 0; w < 2; ++w) weft::go([&m, w] { m.work(w); });
        weft::go([&] {
          m.spawn(0);
          m.spawn(1);
        });
        settle();
        m.end();
      },
      {.fine = k_asymmetric, .preemptions = preemptions(1)});
}

}  // namespace
