// SPDX-License-Identifier: Apache-2.0
// thread_park_model.cc: a plain thread parks and is made ready: it is not left asleep, sees what it
// was given, and may end at once, and its party with it.
// covers: TP-2/TP-3

#include "model/model.h"
#include "runtime/thread_party.h"

#include <weft/detail/os/lock.h>

namespace {

using weft::detail::lock;
using weft::detail::lock_rank;
using weft::detail::thread_party;
using weft::detail::wait_reason;
using weft_model::expect;
using weft_model::expect_holds;
using weft_model::settle;

void unlock(void* l) noexcept { static_cast<lock*>(l)->release_lock(); }

// A place for one who waits, and a gift.
struct place {
  lock mutex{lock_rank::wait_list};
  thread_party* waiter = nullptr;
  int gift = 0;
  bool given = false;

  void take(thread_party& self) {
    mutex.acquire_lock();
    if (given) {
      mutex.release_lock();
    } else {
      waiter = &self;
      self.tid = 1;  // its stack is of no interest
      park_thread(self, wait_reason::chan_receive, unlock, &mutex);
    }
    expect(gift == 1);
  }
  void give() {
    mutex.acquire_lock();
    thread_party* w = waiter;
    given = w == nullptr;
    if (given) gift = 1;
    mutex.release_lock();
    if (w == nullptr) return;
    gift = 1;
    unpark_thread(*w);
  }
};

void meet() {
  place p;
  weft::go([&] {
    auto* self = new thread_party;
    p.take(*self);
    delete self;
  });
  weft::go([&] { p.give(); });
  settle();
}

TEST(ThreadParkModel, ParkAndUnpark) {
  expect_holds(meet);
  expect_holds(meet, {.fine = {.asymmetric = false}});
}

TEST(ThreadParkModel, WakeUpsForNoReason) {
  expect_holds(meet, {.fine = {.asymmetric = false, .spurious = true}});
}

}  // namespace
