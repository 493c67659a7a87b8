// SPDX-License-Identifier: Apache-2.0
// failures_test.cc: a failure in the middle of a transition leaves the search as right as before.

#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/panic.h>
#include <weft/select.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace {

namespace check = weft::check;

enum class manner { expectation, panic, exception, misuse };

// How it is told.
const char* text_of(manner m) {
  switch (m) {
    case manner::expectation:
      return "failed: not this order";
    case manner::panic:
      return "panic: not this order";
    case manner::exception:
      return "panic: no luck";
    case manner::misuse:
      return "fatal error: sync: unlock of unlocked mutex";
  }
  return "";
}

void fail(manner m) {
  switch (m) {
    case manner::expectation:
      check::expect(false, "not this order");
      return;
    case manner::panic:
      throw weft::panic("not this order");
    case manner::exception:
      throw std::runtime_error("no luck");
    case manner::misuse:
      weft::mutex().unlock();
  }
}

// Each fails in some orders of its goroutines only, within the transition.
void in_a_critical_section(manner m) {
  struct shared {
    weft::mutex lock;
    int entered = 0;
  };
  auto s = std::make_shared<shared>();
  for (int i = 0; i < 2; ++i) {
    weft::go([=] {
      s->lock.lock();
      if (++s->entered == 2 && i == 0) fail(m);
      s->lock.unlock();
    });
  }
}

void after_a_rendezvous(manner m, bool sender) {
  auto c = weft::make_chan<int>();
  auto first = std::make_shared<int>(0);
  for (int i = 1; i <= 2; ++i) {
    weft::go([=] {
      c.send(i);
      if (sender && std::exchange(*first, i) == 0 && i == 2) fail(m);
    });
  }
  weft::go([=] {
    for (int i = 0; i < 2; ++i) {
      std::optional<int> v = c.recv();
      if (!sender && i == 0 && v == 2) fail(m);
    }
  });
}

void in_a_handler_of_select(manner m) {
  auto a = weft::make_chan<int>(1);
  auto b = weft::make_chan<int>();
  weft::go([=] { a.send(1); });
  weft::go([=] { b.send(1); });
  weft::go([=] {
    for (int i = 0; i < 2; ++i) {
      weft::select(weft::on_recv(a, [](auto) {}), weft::on_recv(b, [&](auto) {
                     if (i == 0) fail(m);
                   }));
    }
  });
}

// The one that the close lets go on: in every order.
void after_a_close(manner m) {
  auto c = weft::make_chan<int>();
  weft::go([=] { c.close(); });
  weft::go([=] {
    if (!c.recv()) fail(m);
  });
  weft::go([=] { static_cast<void>(c.try_recv()); });
}

// While the value is on its way from the one to the other.
struct fragile {
  int number = 0;
  bool armed = false;

  fragile() = default;
  fragile(int n, bool a) : number(n), armed(a) {}
  fragile(fragile&& other) noexcept : number(other.number), armed(other.armed) { look(); }
  fragile& operator=(fragile&& other) noexcept {
    number = other.number;
    armed = other.armed;
    look();
    return *this;
  }
  fragile(const fragile&) = delete;
  fragile& operator=(const fragile&) = delete;
  ~fragile() = default;

  static int& passed() {
    static int n = 0;
    return n;
  }
  void look() const noexcept {
    if (!armed) return;
    if (passed() == 0 && number == 2) check::expect(false, "not this order");
    passed() = number;
  }
};

void within_a_rendezvous(manner) {
  fragile::passed() = 0;
  auto c = weft::make_chan<fragile>();
  for (int i = 1; i <= 2; ++i) weft::go([=] { c.send(fragile(i, true)); });
  weft::go([=] {
    for (int i = 0; i < 2; ++i) static_cast<void>(c.recv());
  });
}

struct place {
  const char* name;
  void (*body)(manner);
  bool any_manner = true;
  bool always = false;
};

const place k_places[] = {
    {"critical section", in_a_critical_section},
    {"sender", [](manner m) { after_a_rendezvous(m, true); }},
    {"receiver", [](manner m) { after_a_rendezvous(m, false); }},
    {"select", in_a_handler_of_select},
    {"close", after_a_close, true, true},
    {"rendezvous", within_a_rendezvous, false},
};

template <class F>
void each(F f) {
  for (const place& p : k_places)
    for (manner m : {manner::expectation, manner::panic, manner::exception, manner::misuse})
      if (p.any_manner || m == manner::expectation) f(p, m);
}

TEST(Failures, EachStrategyFindsOneInTheMiddleOfATransition) {
  each([](const place& p, manner m) {
    for (check::strategy_kind s :
         {check::portfolio, check::exhaustive, check::growing, check::random, check::pos,
          check::pct, check::urw, check::delay}) {
      check::report r =
          check::explore([&] { p.body(m); }, {.strategy = s, .on_race = check::ignore});
      ASSERT_EQ(r.failures.size(), 1U) << p.name << " " << s << " " << r;
      EXPECT_EQ(r.failures[0].what, text_of(m)) << p.name;
      check::report again =
          check::replay(r.schedule, [&] { p.body(m); }, {.on_race = check::ignore});
      ASSERT_EQ(again.failures.size(), 1U) << p.name << " " << again;
      EXPECT_EQ(again.failures[0].what, text_of(m)) << p.name;
    }
  });
}

TEST(Failures, TheSearchGoesOnAsIfItHadEnded) {
  each([](const place& p, manner m) {
    auto count = [&](bool reduce) {
      return check::explore([&] { p.body(m); }, {.strategy = check::exhaustive,
                                                 .on_race = check::ignore,
                                                 .stop_at_failure = false,
                                                 .reduce = reduce});
    };
    check::report all = count(false);
    check::report few = count(true);
    EXPECT_TRUE(all.complete && few.complete) << p.name;
    // A failure cuts off what has nothing to do with it at one place or another: that is not
    // counted.
    EXPECT_LE(few.executions, all.executions) << p.name;
    EXPECT_EQ(few.executions, few.behaviours) << p.name;
    for (const check::report* r : {&all, &few}) {
      ASSERT_FALSE(r->failures.empty()) << p.name;
      for (const check::finding& f : r->failures) EXPECT_EQ(f.what, text_of(m)) << p.name;
      EXPECT_EQ(r->executions == r->failures.size(), p.always) << p.name << *r;
    }
  });
}

}  // namespace
