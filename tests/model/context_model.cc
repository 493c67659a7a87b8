// SPDX-License-Identifier: Apache-2.0
// context_model.cc: waits that a context may end: whichever comes first, the hand-off or the end,
// nothing is taken by a call that says it was canceled, nothing is lost that was meant for it, and
// those behind it are served.
// covers: CN-2/CN-3 CX-3 CX-6 MX-2/MX-13 MX-9/MX-13 WG-1/WG-4 WG-1/WG-5
// spared: WG-1 acquire: the last done() looks at the word once more, seq_cst
// spared: WG-5 release: a waiter publishes nothing

#include <weft/chan.h>
#include <weft/context.h>
#include <weft/mutex.h>
#include <weft/semaphore.h>
#include <weft/shared_mutex.h>
#include <weft/wait_group.h>

#include "model/model.h"

namespace {

using weft_model::expect;
using weft_model::expect_holds;
using weft_model::preemptions;
using weft_model::settle;

constexpr weft_model::grain k_small{.asymmetric = false, .stale = 1};
// Each look at the clock finds that a waiter has waited for too long.
constexpr weft_model::grain k_starving{.asymmetric = false, .stale = 1, .tick = 2'000'000};

// A context, and what was done before it ended.
struct ending {
  ending() : ending(weft::with_cancel(weft::background())) {}

  void end() {
    before = 1;
    cancel();
  }
  /// A call that was given it has returned this. Has it done what it was to do?
  bool done(const std::error_code& e) const {
    if (!e) return true;
    expect(e == weft::errc::canceled && before == 1, "canceled, and not ended");
    return false;
  }

  weft::context ctx;
  weft::cancel_function cancel;
  int before = 0;

 private:
  explicit ending(std::pair<weft::context, weft::cancel_function> made)
      : ctx(std::move(made.first)), cancel(std::move(made.second)) {}
};

// The root of all contexts is made once.
void explore(weft_model::grain fine, void (*body)()) {
  static_cast<void>(weft::background());
  expect_holds(body, {.fine = fine, .preemptions = preemptions(2)});
}

struct with_mutex : ending {
  weft::mutex mutex;
  int value = 0;

  void add() {
    if (!done(mutex.lock(ctx))) return;
    ++value;
    mutex.unlock();
  }
  void add_anyway() {
    mutex.lock();
    ++value;
    mutex.unlock();
  }
  void expect_free(int least, int most) {
    expect(mutex.try_lock(), "nobody has it, and it is locked");
    expect(value >= least && value <= most);
  }
};

TEST(ContextModel, MutexUnlockedOrCanceled) {
  explore(k_small, [] {
    with_mutex m;
    m.mutex.lock();
    weft::go([&] { m.add(); });
    weft::go([&] { m.end(); });
    m.mutex.unlock();
    settle();
    m.expect_free(0, 1);
  });
}

void one_behind() {
  with_mutex m;
  m.mutex.lock();
  weft::go([&] { m.add(); });
  weft::go([&] { m.add_anyway(); });
  weft::go([&] { m.end(); });
  m.mutex.unlock();
  settle();
  m.expect_free(1, 2);
}

TEST(ContextModel, MutexAndOneBehind) {
  explore(k_small, one_behind);
  explore(k_starving, one_behind);
}

TEST(ContextModel, MutexThatNobodyHas) {
  explore(k_small, [] {
    with_mutex m;
    weft::go([&] { m.add(); });
    weft::go([&] { m.add_anyway(); });
    settle();
    m.expect_free(2, 2);
  });
}

TEST(ContextModel, WaitGroupDoneOrCanceled) {
  explore(k_small, [] {
    struct : ending {
      weft::wait_group all;
      weft::var<int> work = 0;
    } w;
    w.all.add(1);
    weft::go([&] {
      if (w.done(w.all.wait(w.ctx))) expect(w.work == 1);
    });
    weft::go([&] { w.end(); });
    weft::go([&] {
      w.all.wait();
      expect(w.work == 1);
    });
    w.work = 1;
    w.all.done();
    settle();
    // No permit is left over for those who come later.
    w.all.add(1);
    weft::go([&] {
      w.all.wait();
      expect(w.work == 2, "nobody was done");
    });
    settle();
    w.work = 2;
    w.all.done();
    settle();
  });
}

TEST(ContextModel, SemaphoreReleasedOrCanceled) {
  explore(k_small, [] {
    struct : ending {
      weft::semaphore free{1};
      int value = 0;
    } s;
    s.free.acquire();
    weft::go([&] {
      if (!s.done(s.free.acquire(s.ctx))) return;
      ++s.value;
      s.free.release();
    });
    weft::go([&] {
      s.free.acquire();
      ++s.value;
      s.free.release();
    });
    weft::go([&] { s.end(); });
    s.free.release();
    settle();
    expect(s.free.try_acquire(), "nobody has it, and it is taken");
    expect(s.value == 1 || s.value == 2);
  });
}

// Who asks for more than there is stands before one who asks for less.
TEST(ContextModel, SemaphoreAndOneBehind) {
  explore(k_small, [] {
    struct : ending {
      weft::semaphore free{2};
    } s;
    s.free.acquire();
    bool served = false;
    weft::go([&] { expect(!s.done(s.free.acquire(2, s.ctx))); });
    weft::go([&] {
      s.free.acquire();
      served = true;
    });
    weft::go([&] { s.end(); });
    settle();
    expect(served, "who stands behind it is not served");
  });
}

int g_capacity = 0;

// A channel, and what a value that is sent speaks of.
struct mailbox : ending {
  weft::chan<int> c = weft::make_chan<int>(g_capacity);
  int letter = 0;
  int got = 0;
};

TEST(ContextModel, ReceivedOrCanceled) {
  for (int capacity : {0, 1}) {
    g_capacity = capacity;
    explore(k_small, [] {
      mailbox c;
      bool sent = false;
      weft::go([&] {
        if (!c.c.recv(c.ctx)) return;
        expect(c.letter == 1);
        ++c.got;
      });
      weft::go([&] {
        c.letter = 1;
        sent = c.c.try_send(7);
      });
      weft::go([&] { c.end(); });
      settle();
      int left = c.c.try_recv() ? 1 : 0;
      expect(c.got + left == (sent ? 1 : 0), "lost, or had twice");
    });
  }
}

TEST(ContextModel, SentOrCanceled) {
  for (int capacity : {0, 1}) {
    g_capacity = capacity;
    explore(k_small, [] {
      mailbox c;
      if (g_capacity == 1) c.c.send(0);
      bool sent = false;
      weft::go([&] {
        c.letter = 1;
        sent = c.done(c.c.send(7, c.ctx));
      });
      auto take = [&c](std::optional<int> v) {
        if (v != 7) return;
        expect(c.letter == 1);
        ++c.got;
      };
      weft::go([&] { take(c.c.try_recv()); });
      weft::go([&] { c.end(); });
      settle();
      while (std::optional<int> v = c.c.try_recv()) take(v);
      expect(c.got == (sent ? 1 : 0), "lost, or had twice");
    });
  }
}

// A writer that gives up lets the readers in that it kept out.
TEST(ContextModel, WriterThatGivesUp) {
  explore(k_small, [] {
    struct : ending {
      weft::shared_mutex mutex;
    } m;
    m.mutex.lock_shared();
    weft::go([&] {
      if (m.done(m.mutex.lock(m.ctx))) m.mutex.unlock();
    });
    weft::go([&] {
      m.mutex.lock_shared();
      m.mutex.unlock_shared();
    });
    weft::go([&] { m.end(); });
    settle();
    m.mutex.unlock_shared();
    settle();
    expect(m.mutex.try_lock(), "nobody has it, and it is locked");
  });
}

TEST(ContextModel, AFunctionIsStartedOrStopped) {
  explore(k_small, [] {
    ending e;
    int calls = 0;
    bool stopped = false;
    weft::stop_function stop = weft::after_func(e.ctx, [&] {
      expect(e.before == 1);
      ++calls;
    });
    weft::go([&, mine = std::move(stop)] { stopped = mine(); });
    weft::go([&] { e.end(); });
    settle();
    expect(calls == (stopped ? 0 : 1), "neither or both");
  });
}

// The last of those who have a context frees it, and what it was made of.
TEST(ContextModel, TheLastHandleFreesIt) {
  explore(k_small, [] {
    auto [parent, cancel] = weft::with_cancel(weft::background());
    auto [child, cancel_child] = weft::with_cancel(parent);
    weft::go([mine = std::move(child)] { static_cast<void>(mine.err()); });
    weft::go([mine = std::move(cancel_child)] { mine(); });
    weft::go([mine = std::move(parent), end = std::move(cancel)] { end(); });
    settle();
  });
}

// Contexts end in one order: of two who each end one and ask for the other, one finds it ended.
TEST(ContextModel, TwoCannotBothMissTheEnd) {
  explore(k_small, [] {
    ending a;
    ending b;
    bool a_lives = false;
    bool b_lives = false;
    weft::go([&] {
      a.end();
      b_lives = !b.ctx.err();
    });
    weft::go([&] {
      b.end();
      a_lives = !a.ctx.err();
    });
    settle();
    expect(!a_lives || !b_lives, "both have missed it");
  });
}

}  // namespace
