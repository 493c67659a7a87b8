// SPDX-License-Identifier: Apache-2.0
// run, go, yield, exit_goroutine, num_goroutines, procs.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/parked.h"

namespace weft_test {
namespace {

class Go : public with_procs {};
WEFT_INSTANTIATE_PROCS(Go);

TEST_P(Go, RunGivesTheResultOfItsFunction) {
  EXPECT_EQ(weft::run([] { return 42; }), 42);
  EXPECT_EQ(weft::run([] {}), 0);
  EXPECT_EQ(weft::run([p = std::make_unique<int>(3)] { return *p; }), 3);
}

TEST_P(Go, RunDoesNotWaitForTheOthers) {
  const auto c = weft::make_chan<int>();
  EXPECT_EQ(weft::run([&] {
              weft::go([c] { static_cast<void>(c.recv()); });
              return 1;
            }),
            1);
  c.close();
}

TEST_P(Go, SeveralRunsOneAfterTheOtherAndAtOnce) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(weft::run([i] { return i; }), i);
  const auto c = weft::make_chan<int>();
  std::thread one([=] {
    weft::run([=] {
      for (int i = 0; i < 100; ++i) c.send(i);
    });
  });
  std::thread two([=] {
    weft::run([=] {
      for (int i = 0; i < 100; ++i) EXPECT_EQ(c.recv(), i);
    });
  });
  one.join();
  two.join();
}

TEST_P(Go, ProcsTellsWhatSetProcsSet) {
  run([] {
    EXPECT_EQ(weft::procs(), GetParam());
    EXPECT_EQ(weft::set_procs(0), GetParam());
    EXPECT_EQ(weft::set_procs(3), GetParam());
    EXPECT_EQ(weft::procs(), 3U);
    EXPECT_EQ(weft::set_procs(GetParam()), 3U);
  });
}

TEST_P(Go, ArgumentsAreCopiedAsByStdThread) {
  run([] {
    const auto done = weft::make_chan<int>();
    std::string text = "kept";
    int referred = 0;
    weft::go(
        [done](const std::string& s, std::unique_ptr<int> p, int& r, const char* literal) {
          EXPECT_EQ(s, "kept");
          EXPECT_STREQ(literal, "literal");
          r = *p;
          done.send(1);
        },
        text, std::make_unique<int>(5), std::ref(referred), "literal");
    text = "changed";
    EXPECT_EQ(done.recv(), 1);
    EXPECT_EQ(referred, 5);
    weft::go([done, p = std::make_unique<int>(6)] { done.send(*p); });
    EXPECT_EQ(done.recv(), 6);
    struct service {
      weft::chan<int> out;
      void serve(int n) const { out.send(n); }
    };
    const service s{done};
    weft::go(&service::serve, &s, 7);
    EXPECT_EQ(done.recv(), 7);
    weft::go(std::function<void(int)>([=](int n) { done.send(n); }), 8);
    EXPECT_EQ(done.recv(), 8);
  });
}

TEST_P(Go, AGoroutineStartedFromAPlainThreadRuns) {
  const auto c = weft::make_chan<int>();
  weft::go([=] { c.send(5); });
  EXPECT_EQ(c.recv(), 5);
}

TEST_P(Go, TheCallableDiesWithItsGoroutine) {
  run([] {
    auto token = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = token;
    {
      crew c;
      c.go([held = std::move(token)] { weft::yield(); });
    }
    EXPECT_TRUE(eventually([&] { return watch.expired(); }));
  });
}

TEST_P(Go, NumGoroutinesCountsMainAndTheLiving) {
  run([] {
    EXPECT_TRUE(eventually([] { return weft::num_goroutines() == 1; }));
    const auto stop = weft::make_chan<void>();
    for (int i = 0; i < 10; ++i) {
      weft::go([stop] { static_cast<void>(stop.recv()); });
    }
    EXPECT_EQ(weft::num_goroutines(), 11U);
    stop.close();
    EXPECT_TRUE(eventually([] { return weft::num_goroutines() == 1; }));
  });
}

// R17
TEST_P(Go, YieldLetsTheOthersProgress) {
  run([] {
    std::atomic<bool> stop = false;
    std::atomic<int> progress = 0;
    crew other;
    other.go([&] {
      while (!stop) {
        ++progress;
        weft::yield();
      }
    });
    while (progress < 100) weft::yield();
    stop = true;
  });
}

TEST_P(Go, YieldOnAPlainThreadIsHarmless) {
  std::thread t([] {
    for (int i = 0; i < 100; ++i) weft::yield();
  });
  t.join();
}

// R05
TEST_P(Go, ExitGoroutineRunsDestructorsAndNothingElse) {
  run([] {
    struct note {
      std::vector<int>& log;
      int n;
      ~note() { log.push_back(n); }
    };
    std::vector<int> log;
    const auto done = weft::make_chan<void>();
    weft::go([&, closer = std::shared_ptr<void>(nullptr, [done](void*) { done.close(); })] {
      const note outer{log, 1};
      [&] {
        const note inner{log, 2};
        weft::yield();
        weft::exit_goroutine();
      }();
      log.push_back(3);
    });
    EXPECT_FALSE(done.recv());
    EXPECT_EQ(log, (std::vector<int>{2, 1}));
  });
}

// R06
TEST_P(Go, ExitGoroutineIsNotCaughtAsAnException) {
  run([] {
    std::atomic<int> caught = 0;
    std::atomic<int> beyond = 0;
    weft::wait_group wg;
    wg.go([&] {
      try {
        weft::exit_goroutine();
      } catch (const std::exception&) {
        ++caught;
      }
      ++beyond;
    });
    wg.go([&] {  // from within a handler
      try {
        throw std::runtime_error("first");
      } catch (const std::runtime_error&) {
        weft::exit_goroutine();
      }
      ++beyond;
    });
    wg.go([&] {  // after an exception was handled
      try {
        throw std::runtime_error("first");
      } catch (const std::runtime_error&) {
        weft::yield();
      }
      weft::exit_goroutine();
      ++beyond;
    });
    wg.go([&] {  // rethrown by a catch-all on its way
      try {
        weft::exit_goroutine();
      } catch (...) {
        ++caught;
        throw;
      }
      ++beyond;
    });
    wg.go([&] {  // destructors that park while it unwinds
      struct parks {
        ~parks() { weft::sleep_for(1ms); }
      };
      const parks a;
      const parks b;
      weft::exit_goroutine();
    });
    wg.wait();
    EXPECT_LE(caught, 1);
    EXPECT_EQ(beyond, 0);
  });
}

TEST_P(Go, LocksHeldByGuardsAreFreedOnExit) {
  run([] {
    weft::mutex m;
    crew c;
    weft::wait_group wg;
    wg.go([&] {
      const std::lock_guard hold(m);
      weft::exit_goroutine();
    });
    wg.wait();
    EXPECT_TRUE(m.try_lock());
    m.unlock();
  });
}

// A large stack lets a deep recursion pass
int depth_of(int n) {
  volatile char frame[512];
  frame[0] = static_cast<char>(n);
  if (n == 0) return 0;
  return 1 + depth_of(n - 1) + (frame[0] == static_cast<char>(n) ? 0 : 1);
}

TEST_P(Go, AStackSizeMayBeAskedFor) {
  run([] {
    const auto done = weft::make_chan<int>();
    for (int i = 0; i < 3; ++i) {
      weft::go({.name = "deep", .stack_size = std::size_t{64} << 20},
               [done] { done.send(depth_of(k_sanitized ? 20000 : 60000)); });
      EXPECT_EQ(done.recv(), k_sanitized ? 20000 : 60000);
    }
    weft::go({.name = "small", .stack_size = 1}, [done](int n) { done.send(n); }, 9);
    EXPECT_EQ(done.recv(), 9);
  });
}

// R32
TEST_P(Go, AThousandProcessorsWork) {
  run([] {
    // Forced migration sends every goroutine through all of them: fewer will do.
    const unsigned many = std::getenv("WEFT_DEBUG") != nullptr ? 64 : 1024;
    const unsigned before = weft::set_procs(many);
    EXPECT_EQ(weft::procs(), many);
    const auto c = weft::make_chan<int>();
    crew all;
    for (int i = 0; i < 100; ++i) all.go([=] { c.send(1); });
    int sum = 0;
    for (int i = 0; i < 100; ++i) sum += c.recv().value();
    EXPECT_EQ(sum, 100);
    EXPECT_EQ(weft::set_procs(before), many);
  });
}

// R23
TEST_P(Go, TheNumberOfProcessorsMayChangeWhileOthersRun) {
  run([] {
    std::atomic<bool> over = false;
    std::atomic<long> work = 0;
    crew all;
    all.go([&] {  // never yields
      while (!over) ++work;
    });
    for (int i = 0; i < 4; ++i) {
      all.go([&] {
        while (!over) {
          ++work;
          weft::yield();
        }
      });
    }
    for (int i = 0; i < scaled(200); ++i) {
      weft::set_procs(1 + static_cast<unsigned>(i) % 5);
      weft::yield();
    }
    over = true;
    all.join();
    weft::set_procs(GetParam());
  });
}

TEST_P(Go, NestedGoroutinesAllRun) {
  run([] {
    std::atomic<int> leaves = 0;
    crew all;
    const auto grow = [&](const auto& self, int depth) -> void {
      if (depth == 0) {
        ++leaves;
        return;
      }
      for (int i = 0; i < 3; ++i) all.go([&self, depth] { self(self, depth - 1); });
    };
    all.go([&] { grow(grow, 6); });
    all.join();
    EXPECT_EQ(leaves, 729);
  });
}

}  // namespace
}  // namespace weft_test
