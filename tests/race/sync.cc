// SPDX-License-Identifier: Apache-2.0
// condition_variable, once, wait_group, group. E12, E15, E18.
#include "race/corpus.h"

#include <atomic>
#include <mutex>
#include <stdexcept>

using race_corpus::times;
using race_corpus::together;
using race_corpus::window;

// E15: a notification comes before the end of the wait that it ends.

CLEAN(a_condition_under_the_lock) {  // Q037
  int x = 0;
  bool ready = false;
  weft::mutex m;
  weft::condition_variable cv;
  together(
      [&] {
        x = 1;
        std::scoped_lock hold(m);
        ready = true;
        cv.notify_one();
      },
      [&] {
        {
          std::unique_lock hold(m);
          cv.wait(hold, [&] { return ready; });
        }
        x = 2;
      });
}

RACY(a_write_after_the_notification) {  // Q038
  int x = 0;
  bool ready = false;
  weft::mutex m;
  weft::condition_variable cv;
  together(
      [&] {
        {
          std::scoped_lock hold(m);
          ready = true;
          cv.notify_one();
        }
        x = 1;  // race
      },
      [&] {
        {
          std::unique_lock hold(m);
          cv.wait(hold, [&] { return ready; });
        }
        x = 2;  // race
      });
}

// The one who waits is asleep before the other notifies, without the lock.
CLEAN(notify_one_without_the_lock) {  // Q039
  int x = 0;
  std::atomic<bool> waiting = false;
  std::atomic<bool> woken = false;
  weft::mutex m;
  weft::condition_variable cv;
  together(
      [&] {
        while (!waiting.load(std::memory_order_relaxed)) weft::yield();
        for (int i = 0; i < times(100); ++i) weft::yield();
        x = 1;
        while (!woken.load(std::memory_order_relaxed)) {
          cv.notify_one();
          weft::yield();
        }
      },
      [&] {
        std::unique_lock hold(m);
        waiting.store(true, std::memory_order_relaxed);
        cv.wait(hold);
        x = 2;
        woken.store(true, std::memory_order_relaxed);
      });
}

CLEAN(notify_all_without_the_lock) {
  int x = 0;
  std::atomic<int> waiting = 0;
  weft::mutex m;
  weft::condition_variable cv;
  auto wait = [&] {
    std::unique_lock hold(m);
    waiting.fetch_add(1, std::memory_order_relaxed);
    cv.wait(hold);
    static_cast<void>(x + 1);
  };
  together(wait, wait, [&] {
    while (waiting.load(std::memory_order_relaxed) != 2) weft::yield();
    {
      std::scoped_lock both_sleep(m);
    }
    x = 1;
    cv.notify_all();
  });
}

RACY(a_notification_that_nobody_waits_for) {
  int x = 0;
  std::atomic<bool> told = false;
  weft::condition_variable cv;
  together(
      [&] {
        x = 1;  // race
        cv.notify_all();
        told.store(true, std::memory_order_relaxed);
      },
      [&] {
        while (!told.load(std::memory_order_relaxed)) weft::yield();
        cv.notify_all();
        x = 2;  // race
      });
}

RACY(two_who_were_woken) {
  int x = 0;
  std::atomic<int> waiting = 0;
  weft::mutex a;
  weft::mutex b;
  weft::condition_variable cv;
  auto wait = [&](weft::mutex& mine) {
    std::unique_lock hold(mine);
    waiting.fetch_add(1, std::memory_order_relaxed);
    cv.wait(hold);
    x = 1;  // race
  };
  together([&] { wait(a); }, [&] { wait(b); },
           [&] {
             while (waiting.load(std::memory_order_relaxed) != 2) weft::yield();
             {
               std::scoped_lock one_sleeps(a);
               std::scoped_lock both_sleep(b);
             }
             cv.notify_all();
           });
}

// E12: the one call of f comes before the return of every call.

CLEAN(once_by_many) {
  static int x;
  x = 0;
  weft::once o;
  auto use = [&] {
    o.call([] { x = 1; });
    static_cast<void>(x + 1);
  };
  together(use, use, use);
}

RACY(callers_of_once_are_not_ordered) {
  int x = 0;
  weft::once o;
  auto use = [&] {
    o.call([] {});
    x = 1;  // race
  };
  together(use, use);
}

RACY(a_plain_flag_beside_once) {  // Q078
  int x = 0;
  int seen = 0;
  bool done = false;
  weft::once o;
  together(
      [&] {
        o.call([&] {
          x = 1;
          done = true;  // race
        });
      },
      [&] {
        if (!done) {  // race
          o.call([] {});
        }
        static_cast<void>(seen);
      });
}

CLEAN(once_whose_function_throws) {
  int x = 0;
  weft::once o;
  auto use = [&] {
    try {
      o.call([&] {
        x = 1;
        throw 1;
      });
    } catch (int) {
    }
    static_cast<void>(x + 1);
  };
  together(use, use);
}

CLEAN(the_value_of_once_value) {  // Q079
  auto make = weft::once_value([] { return new int(1); });
  auto use = [&] { static_cast<void>(*make() + 1); };
  together(use, use, use);
  delete make();
}

CLEAN(what_once_func_did) {
  int x = 0;
  auto f = weft::once_func([&] { x = 1; });
  auto use = [&] {
    f();
    static_cast<void>(x + 1);
  };
  together(use, use);
}

RACY(two_onces) {
  int x = 0;
  weft::once a;
  weft::once b;
  together([&] { a.call([&] { x = 1; }); },   // race
           [&] { b.call([&] { x = 2; }); });  // race
}

// E18: every done comes before the return of each wait that it helps to release.

CLEAN(done_to_wait) {  // Q048
  int x = 0;
  weft::wait_group wg;
  wg.add(1);
  weft::go([&] {
    x = 1;
    wg.done();
  });
  wg.wait();
  x = 2;
}

CLEAN(all_dones_to_wait) {  // Q053
  int x[4] = {};
  weft::wait_group wg;
  for (int& each : x) {
    wg.go([&] {
      window();
      each = 1;
    });
  }
  wg.wait();
  for (int& each : x) each = 2;
}

CLEAN(the_end_of_f_to_wait) {
  int x = 0;
  weft::wait_group wg;
  wg.go([&] { x = 1; });
  wg.wait();
  x = 2;
}

CLEAN(an_exiting_f_to_wait) {
  int x = 0;
  weft::wait_group wg;
  wg.go([&] {
    x = 1;
    weft::exit_goroutine();
  });
  wg.wait();
  x = 2;
}

RACY(a_write_after_done) {
  static int x;
  x = 0;
  weft::wait_group wg;
  auto ended = weft::make_chan<void>(1);
  wg.add(1);
  weft::go([&wg, ended] {
    wg.done();
    x = 1;  // race
    ended.send();
  });
  wg.wait();
  x = 2;  // race
  ended.recv();
}

RACY(two_workers) {  // Q048
  int x = 0;
  weft::wait_group wg;
  wg.add(2);
  for (int i = 0; i < 2; ++i) {
    weft::go([&] {
      x = 1;  // race
      wg.done();
    });
  }
  wg.wait();
}

RACY(dones_are_not_ordered) {
  static int x;
  x = 0;
  weft::wait_group wg;
  weft::wait_group all;
  wg.add(2);
  auto work = [&] {
    wg.done();
    x = 1;  // race
  };
  all.go(work);
  all.go(work);
  wg.wait();
  all.wait();
}

RACY(a_wait_group_is_no_mutex) {  // Q049
  int x = 0;
  weft::wait_group m;
  std::atomic<int> inside = 0;
  auto work = [&] {
    m.wait();
    inside.fetch_add(1, std::memory_order_relaxed);
    while (inside.load(std::memory_order_relaxed) != 2) weft::yield();
    m.add(1);
    x = 1;  // race
    m.add(-1);
  };
  together(work, work);
}

CLEAN(many_waiters) {  // Q051
  int x[3] = {};
  weft::wait_group wg;
  wg.add(3);
  weft::wait_group all;
  for (int i = 0; i < 3; ++i) {
    all.go([&, i] {
      x[i] = 1;
      wg.done();
    });
    all.go([&] {
      wg.wait();
      static_cast<void>(x[0] + x[1] + x[2]);
    });
  }
  all.wait();
}

CLEAN(waits_at_zero) {  // Q051
  weft::wait_group wg;
  auto wait = [&] { wg.wait(); };
  together(wait, wait, wait);
}

CLEAN(workers_that_wait_themselves) {  // Q051
  int x[2] = {};
  weft::wait_group wg;
  wg.add(2);
  auto work = [&](int mine, int others) {
    x[mine] = 1;
    wg.done();
    wg.wait();
    static_cast<void>(x[others] + 1);
  };
  together([&] { work(0, 1); }, [&] { work(1, 0); });
}

CLEAN(three_rounds) {  // Q054
  int x = 0;
  weft::wait_group wg;
  for (int round = 0; round < 3; ++round) {
    wg.go([&] { x = 1; });
    wg.wait();
    x = 2;
  }
}

RACY(an_add_that_comes_too_late) {  // Q050
  weft::wait_group wg;
  weft::wait_group all;
  std::atomic<int> added = 0;
  std::atomic<bool> go_on = false;
  all.go([&] {
    wg.add(1);  // race
    added.store(1, std::memory_order_relaxed);
    while (!go_on.load(std::memory_order_relaxed)) weft::yield();
    wg.done();
  });
  all.go([&] {
    while (added.load(std::memory_order_relaxed) == 0) weft::yield();
    for (int i = 0; i < times(20); ++i) weft::yield();
    go_on.store(true, std::memory_order_relaxed);
  });
  while (added.load(std::memory_order_relaxed) == 0) weft::yield();
  wg.wait();  // race
  all.wait();
}

// The waiter has returned, which the other only guesses.
RACY(a_wait_that_is_not_joined_before_the_next_round) {  // Q055
  weft::wait_group wg;
  weft::wait_group all;
  std::atomic<bool> waits = false;
  std::atomic<bool> returned = false;
  wg.add(1);
  all.go([&] {
    waits.store(true, std::memory_order_relaxed);
    wg.wait();  // race
    returned.store(true, std::memory_order_relaxed);
  });
  while (!waits.load(std::memory_order_relaxed)) weft::yield();
  for (int i = 0; i < times(20); ++i) weft::yield();
  wg.done();
  while (!returned.load(std::memory_order_relaxed)) weft::yield();
  wg.add(1);  // race
  wg.done();
  all.wait();
}

CLEAN(adds_before_any_wait) {  // Q056
  auto added = weft::make_chan<void>(2);
  weft::wait_group wg;
  weft::wait_group all;
  for (int i = 0; i < 2; ++i) {
    all.go([&, added] {
      wg.add(1);
      added.send();
      wg.done();
    });
  }
  added.recv();
  added.recv();
  wg.wait();
  all.wait();
}

CLEAN(a_wait_with_a_context) {
  int x = 0;
  weft::wait_group wg;
  wg.go([&] { x = 1; });
  if (!wg.wait(weft::background())) x = 2;
}

// group

CLEAN(a_group) {
  int x[3] = {};
  weft::group g;
  for (int& each : x) g.go([&] { each = 1; });
  g.wait();
  for (int& each : x) each = 2;
}

RACY(goroutines_of_a_group) {
  int x = 0;
  weft::group g;
  g.go([&] { x = 1; });  // race
  g.go([&] { x = 2; });  // race
  g.wait();
}

CLEAN(an_error_of_a_group) {
  int x = 0;
  weft::group g;
  g.go([&] {
    x = 1;
    throw std::runtime_error("broken");
  });
  g.go([&] {
    g.ctx().done().recv();
    x = 2;
  });
  try {
    g.wait();
  } catch (const std::runtime_error&) {
  }
  x = 3;
}

CLEAN(a_group_with_a_limit_of_one) {
  int x = 0;
  weft::group g;
  g.set_limit(1);
  for (int i = 0; i < times(10); ++i) g.go([&] { ++x; });
  g.wait();
}
