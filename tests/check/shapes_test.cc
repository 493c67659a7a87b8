// SPDX-License-Identifier: Apache-2.0
// shapes_test.cc: which pairs of accesses the operations of weft order, one row for each rule.

#include <weft/atomic.h>
#include <weft/chan.h>
#include <weft/check.h>
#include <weft/condition_variable.h>
#include <weft/context.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/once.h>
#include <weft/select.h>
#include <weft/shared_mutex.h>
#include <weft/time.h>
#include <weft/var.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <chrono>

namespace {

namespace check = weft::check;
using namespace std::chrono_literals;
using number = weft::var<int>;

void seen(const number& x) { check::expect(x == 1, "the value is seen"); }
void use(const number& x) { static_cast<void>(static_cast<int>(x)); }

// For what outlives main.
template <class T>
std::shared_ptr<T> shared() {
  return std::make_shared<T>();
}

struct row {
  const char* name;
  bool races;
  void (*body)();
};

void by_send(int capacity) {
  auto c = weft::make_chan<int>(capacity);
  auto x = shared<number>();
  weft::go([=] { *x = 1, c.send(0); });
  c.recv();
  seen(*x);
}

void by_receive(int capacity) {
  auto c = weft::make_chan<int>(capacity);
  auto x = shared<number>();
  weft::go([=] { *x = 1, static_cast<void>(c.recv()); });
  c.send(0);
  use(*x);
}

// A baton of one slot: the second sender learns nothing of the first.
void by_relay() {
  auto c = weft::make_chan<int>(1);
  auto x = shared<number>();
  weft::wait_group all;
  all.add(2);
  weft::go([=, &all] { *x = 1, c.send(0), all.done(); });
  weft::go([=, &all] { c.send(0), static_cast<void>(c.recv()), *x = 2, all.done(); });
  c.recv();
  all.wait();
}

// As many as there are slots may be inside; the next one comes after one has left.
void by_semaphore() {
  auto slots = weft::make_chan<int>(1);
  auto x = shared<number>();
  weft::wait_group all;
  all.add(2);
  for (int i = 0; i < 2; ++i)
    weft::go([=, &all] { slots.send(0), ++*x, static_cast<void>(slots.recv()), all.done(); });
  all.wait();
}

// The last send needs a slot, and so comes after the receive that made room.
void by_one_more_than_fits() {
  auto c = weft::make_chan<int>(2);
  auto x = shared<number>();
  weft::wait_group all;
  all.add(1);
  weft::go([=, &all] {
    *x = 1;
    for (int i = 0; i < 3; ++i) c.recv();
    all.done();
  });
  for (int i = 0; i < 3; ++i) c.send(i);
  seen(*x);
  all.wait();
}

void by_condition() {
  weft::mutex m;
  weft::condition_variable came;
  number x = 0;
  bool there = false;
  weft::wait_group all;
  all.go([&] {
    x = 1;
    m.lock();
    there = true;
    came.notify_one();
    m.unlock();
  });
  m.lock();
  while (!there) came.wait(m);
  m.unlock();
  seen(x);
  all.wait();
}

// A close is a write to the channel, a send a read of it.
void of_close_and_send() {
  auto c = weft::make_chan<int>(2);
  auto try_both = [](auto f) {
    try {
      f();
    } catch (const weft::panic&) {
    }
  };
  weft::go([=] { try_both([=] { c.close(); }); });
  weft::go([=] { try_both([=] { c.send(1); }); });
}

// One that panics makes no edge.
void by_a_second_close() {
  auto c = weft::make_chan<int>(2);
  auto x = shared<number>();
  for (int i = 0; i < 2; ++i) {
    weft::go([=] {
      *x = 1;
      try {
        c.close();
      } catch (const weft::panic&) {
        *x = 2;
      }
    });
  }
}

void by_size() {
  auto c = weft::make_chan<int>(2);
  auto x = shared<number>();
  weft::go([=] { *x = 1, c.send(1); });
  if (c.size() == 1) use(*x);
}

void of_size_and_close() {
  auto c = weft::make_chan<int>(2);
  weft::go([=] { c.close(); });
  static_cast<void>(c.size() + c.capacity());
}

template <class Take>
void after_a_failed(Take take) {
  auto m = shared<weft::shared_mutex>();
  auto x = shared<number>();
  m->lock();
  weft::go([=] {
    if (!take(*m)) *x = 1;
  });
  *x = 2;
  m->unlock();
}

void by_readers(bool reader_writes) {
  weft::shared_mutex m;
  number x = 0;
  number y = 0;
  weft::wait_group all;
  all.add(2);
  for (int i = 0; i < 2; ++i) {
    weft::go([&] {
      m.lock_shared();
      use(x);
      if (reader_writes) y = 1;
      m.unlock_shared();
      all.done();
    });
  }
  m.lock();
  x = 2;
  m.unlock();
  all.wait();
}

// Who reads B's value learns what B knew: nothing of A.
void by_an_overwritten_store() {
  weft::atomic<int> flag{0};
  number x = 0;
  weft::wait_group all;
  all.add(2);
  weft::go([&] { x = 1, flag = 1, all.done(); });
  weft::go([&] { flag = 2, all.done(); });
  if (flag == 2) use(x);
  all.wait();
}

void by_the_other_channel() {
  auto a = weft::make_chan<int>(1);
  auto b = weft::make_chan<int>(1);
  auto x = shared<number>();
  weft::go([=] { *x = 1, a.send(0); });
  weft::go([=] { b.send(0); });
  weft::select(weft::on_recv(a), weft::on_recv(b));
  use(*x);
}

const row k_rows[] = {
    {"AnUnbufferedSend", false, [] { by_send(0); }},
    {"ABufferedSend", false, [] { by_send(1); }},
    {"AClose", false,
     [] {
       auto c = weft::make_chan<int>();
       auto x = shared<number>();
       weft::go([=] { *x = 1, c.close(); });
       c.recv();
       seen(*x);
     }},
    {"AMutex", false,
     [] {
       weft::mutex m;
       number x = 0;
       weft::wait_group all;
       all.go([&] { m.lock(), ++x, m.unlock(); });
       m.lock(), ++x, m.unlock();
       all.wait();
     }},
    {"AOnce", false,
     [] {
       weft::once once;
       number x = 0;
       weft::wait_group all;
       all.go([&] { once.call([&] { x = 1; }), seen(x); });
       once.call([&] { x = 1; });
       seen(x);
       all.wait();
     }},
    {"AWaitGroup", false,
     [] {
       number x = 0;
       weft::wait_group all;
       all.go([&] { x = 1; });
       all.wait();
       seen(x);
     }},
    {"AnAtomicFlag", false,
     [] {
       auto flag = shared<weft::atomic<int>>();
       auto x = shared<number>();
       weft::go([=] { *x = 1, *flag = 1; });
       if (*flag == 1) seen(*x);
     }},
    {"ACondition", false, by_condition},
    {"AnUnbufferedReceive", false, [] { by_receive(0); }},
    {"ABufferedReceive", true, [] { by_receive(1); }},
    {"AChannelAsSemaphore", false, by_semaphore},
    {"ARelay", true, by_relay},
    {"OneMoreThanFits", false, by_one_more_than_fits},
    {"CloseAndSend", true, of_close_and_send},
    {"ASecondClose", true, by_a_second_close},
    {"TheSize", true, by_size},
    {"SizeAndClose", false, of_size_and_close},
    {"AnEndOfAGoroutine", true,
     [] {
       auto x = shared<number>();
       weft::go([=] { *x = 1; });
       use(*x);
     }},
    {"AFailedTryLock", true, [] { after_a_failed([](auto& m) { return m.try_lock(); }); }},
    {"AFailedTryLockShared", true,
     [] { after_a_failed([](auto& m) { return m.try_lock_shared(); }); }},
    {"ReadersAndAWriter", false, [] { by_readers(false); }},
    {"ReadersAmongThemselves", true, [] { by_readers(true); }},
    {"AnOverwrittenStore", true, by_an_overwritten_store},
    {"AddInsideTheGoroutine", true,
     [] {
       auto all = shared<weft::wait_group>();
       weft::go([=] { all->add(1), all->done(); });
       all->wait();
     }},
    {"TheChannelThatASelectDidNotTake", true, by_the_other_channel},
    {"ATimersFunction", false,
     [] {
       auto c = weft::make_chan<int>(1);
       auto x = shared<number>();
       *x = 1;
       auto t = weft::after_func(1ms, [=] { seen(*x), c.send(0); });
       c.recv();
     }},
    {"TwoTimersFunctions", true,
     [] {
       auto x = shared<number>();
       auto a = weft::after_func(1ms, [=] { *x = 1; });
       auto b = weft::after_func(1ms, [=] { *x = 2; });
       weft::sleep_for(2ms);
     }},
    {"ACancellation", false,
     [] {
       auto x = shared<number>();
       auto [ctx, cancel] = weft::with_cancel(weft::background());
       weft::go([x, cancel] { *x = 1, cancel(); });
       ctx.done().recv();
       seen(*x);
     }},
};

class Shapes : public testing::TestWithParam<row> {};

TEST_P(Shapes, IsOrderedOrRaces) {
  const row& r = GetParam();
  check::report all =
      check::explore(r.body, {.strategy = check::exhaustive, .max_executions = 20'000});
  EXPECT_EQ(all.races.empty(), !r.races) << all;
  EXPECT_EQ(all.ok(), !r.races) << all;
  EXPECT_EQ(all.complete, !r.races) << all.summary();
}

INSTANTIATE_TEST_SUITE_P(Rules, Shapes, testing::ValuesIn(k_rows),
                         [](const testing::TestParamInfo<row>& i) { return i.param.name; });

}  // namespace
