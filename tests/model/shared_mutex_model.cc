// SPDX-License-Identifier: Apache-2.0
// shared_mutex_model.cc: readers, counted together or each at a place of its processor, and
// writers: no writer beside anybody, nobody sleeps on.
// covers: RW-3/RW-4 RD-4/RD-5 RD-5/RD-10 RD-7/RD-8 RD-8/RD-15 RD-8/RD-16
// spared: RD-16 acquire: it is only whether there are any
// needs: src/os/asymmetric_fence.h: membarrier(): fence
// needs: src/sync/shared_mutex.cc: fence_seq_cst();  // before the look at the queue: fence

#include <weft/shared_mutex.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::grain;
using weft_model::settle;

constexpr grain k_small{.asymmetric = false, .stale = 1};
// Readers stand apart from the first one on: see CMakeLists.txt.
constexpr grain k_apart{.asymmetric = true, .stale = 2, .processors = 4};

struct guarded {
  weft::shared_mutex mutex;
  int value = 0;
  int seen = 0;

  void read() {
    mutex.lock_shared();
    seen = value;
    mutex.unlock_shared();
  }
  void look() {
    mutex.lock_shared();
    expect(value >= 0);
    mutex.unlock_shared();
  }
  void write() {
    mutex.lock();
    ++value;
    mutex.unlock();
  }
  void try_write() {
    if (!mutex.try_lock()) return;
    ++value;
    mutex.unlock();
  }
  void try_look() {
    if (!mutex.try_lock_shared()) return;
    expect(value >= 0);
    mutex.unlock_shared();
  }
};

template <class... F>
auto contest(F... fs) {
  return [=] {
    guarded g;
    (weft::go([&g, fs] { fs(g); }), ...);
    settle();
    expect(g.mutex.try_lock(), "nobody has it, and it is locked");
  };
}

void look(guarded& g) { g.look(); }
void write(guarded& g) { g.write(); }
void try_write(guarded& g) { g.try_write(); }
void try_look(guarded& g) { g.try_look(); }

TEST(SharedMutexModel, AReaderAndAWriter) {
  expect_holds(contest(look, write), {.fine = k_small, .preemptions = 4});
}

TEST(SharedMutexModel, TwoWriters) {
  expect_holds(contest(write, write), {.fine = k_small, .preemptions = 3});
}

TEST(SharedMutexModel, TwoReadersAndAWriter) {
  expect_holds(contest(look, look, write), {.fine = k_small, .preemptions = 2});
}

TEST(SharedMutexModel, Tries) {
  expect_holds(contest(try_look, write), {.fine = k_small});
  expect_holds(contest(look, try_write), {.fine = k_small});
}

TEST(SharedMutexModel, ApartAReaderAndAWriter) {
  expect_holds(contest(look, write), {.fine = k_apart, .preemptions = 3});
}

TEST(SharedMutexModel, ApartAReaderComesTwice) {
  auto twice = [](guarded& g) { g.look(), g.look(); };
  expect_holds(contest(twice, write), {.fine = k_apart, .preemptions = 2});
}

// A reader that has come and left again at once is never one who left too often.
TEST(SharedMutexModel, TheCountApart) {
  expect_holds(
      [] {
        weft::detail::reader_count count;
        for (int i = 0; i < 2; ++i) {
          count.add();
          expect(count.remove());
        }
        weft::go([&] {
          count.add();
          expect(count.remove());
        });
        weft::go([&] {
          count.stand_together();
          expect(!count.overdrawn());
        });
        settle();
        expect(count.none());
      },
      {.fine = k_apart});
}

}  // namespace
