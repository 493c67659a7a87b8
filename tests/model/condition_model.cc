// SPDX-License-Identifier: Apache-2.0
// condition_model.cc: condition variables: a notification wakes somebody who waited for it, and
// one who gives up passes it on.
// covers: NL-1/NL-2 NL-2/NL-3
// spared: NL-1 release: it is for the waiter's stack, which is not looked at here
// spared: NL-2 acquire: as NL-1

#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/mutex.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::preemptions;
using weft_model::settle;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};

struct shared {
  weft::mutex mutex;
  weft::condition_variable changed;
  int ready = 0;
  int went_on = 0;

  void wait() {
    mutex.lock();
    changed.wait(mutex, [&] { return ready != 0; });
    ++went_on;
    mutex.unlock();
  }
  void set_and_tell(bool all) {
    mutex.lock();
    ready = 1;
    mutex.unlock();
    if (all) {
      changed.notify_all();
    } else {
      changed.notify_one();
    }
  }
};

TEST(ConditionModel, OneWaits) {
  expect_holds(
      [] {
        shared s;
        weft::go([&] { s.wait(); });
        weft::go([&] { s.set_and_tell(false); });
        settle();
        expect(s.went_on == 1);
      },
      {.fine = k_small, .preemptions = preemptions(2)});
}

TEST(ConditionModel, TwoWait) {
  expect_holds(
      [] {
        shared s;
        weft::go([&] { s.wait(); });
        weft::go([&] { s.wait(); });
        weft::go([&] { s.set_and_tell(true); });
        settle();
        expect(s.went_on == 2);
      },
      {.fine = k_small, .preemptions = preemptions(2)});
}

// What was told is ordered by the telling alone.
TEST(ConditionModel, WithoutALock) {
  struct no_lock {
    weft::detail::shared_word<int> joined{0};
    void lock() {}
    void unlock() { joined.store(1); }
  };
  expect_holds(
      [] {
        weft::condition_variable changed;
        no_lock none;
        int letter = 0;
        bool told = false;
        weft::go([&] {
          changed.wait(none);
          expect(letter == 1);
          told = true;
        });
        weft::go([&] {
          while (none.joined.load() == 0) weft::yield();
          letter = 1;
          changed.notify_one();
        });
        settle();
        expect(told);
      },
      {.fine = k_small, .preemptions = preemptions(2)});
}

TEST(ConditionModel, NotifiedOrCanceled) {
  static_cast<void>(weft::background());
  expect_holds(
      [] {
        shared s;
        auto [ctx, cancel] = weft::with_cancel(weft::background());
        weft::go([&s, end = ctx] {
          s.mutex.lock();
          if (!s.changed.wait(s.mutex, end)) ++s.went_on;
          s.mutex.unlock();
        });
        weft::go([&now = cancel] { now(); });
        weft::go([&s] { s.set_and_tell(false); });
        settle();
      },
      {.fine = k_small, .preemptions = preemptions(2)});
}

// Both wait; one is canceled while one is told: the other one goes on, if the first does not.
TEST(ConditionModel, WhatOneGivesUpAnotherHas) {
  static_cast<void>(weft::background());
  expect_holds(
      [] {
        shared s;
        auto [ctx, cancel] = weft::with_cancel(weft::background());
        int told = 0;
        weft::go([&s, &told, end = ctx] {
          s.mutex.lock();
          if (!s.changed.wait(s.mutex, end)) ++told;
          s.mutex.unlock();
        });
        weft::go([&s, &told] {
          s.mutex.lock();
          s.changed.wait(s.mutex);
          ++told;
          s.mutex.unlock();
        });
        settle();
        weft::go([&now = cancel] { now(); });
        weft::go([&s] { s.changed.notify_one(); });
        settle();
        expect(told == 1, "the notification is lost");
        s.changed.notify_all();
        settle();
        expect(told == 1 || told == 2);
      },
      {.fine = k_small, .preemptions = preemptions(2)});
}

}  // namespace
