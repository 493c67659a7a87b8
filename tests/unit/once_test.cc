// SPDX-License-Identifier: Apache-2.0
// once, once_func, once_value.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/once.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "support/allocations.h"
#include "support/parked.h"

namespace weft_test {
namespace {

class Once : public with_procs {};
WEFT_INSTANTIATE_PROCS(Once);

// O01
TEST_P(Once, RunsOnceAndEveryCallerSeesItsEffect) {
  run([] {
    for (int round = 0; round < scaled(2000); ++round) {
      weft::once o;
      int runs = 0;
      crew callers;
      for (int i = 0; i < 10; ++i) {
        callers.go([&] {
          o.call([&] { ++runs; });
          EXPECT_EQ(runs, 1);
        });
      }
    }
  });
}

TEST_P(Once, TheFirstFunctionIsTheOnlyOne) {
  run([] {
    weft::once o;
    int which = 0;
    o.call([&] { which += 1; });
    o.call([&] { which += 10; });
    EXPECT_EQ(which, 1);
    weft::once another;
    another.call([&] { which += 100; });
    EXPECT_EQ(which, 101);
  });
}

// O02
TEST_P(Once, ACallWhileTheFunctionRunsWaitsForItsEnd) {
  run([] {
    weft::once o;
    const auto let_go = weft::make_chan<void>();
    const auto began = weft::make_chan<void>();
    std::atomic<bool> ended = false;
    std::atomic<int> returned = 0;
    crew callers;
    callers.go([&] {
      o.call([&] {
        began.close();
        static_cast<void>(let_go.recv());
        ended = true;
      });
    });
    static_cast<void>(began.recv());
    for (int i = 0; i < 5; ++i) {
      callers.go([&] {
        o.call([] { ADD_FAILURE() << "ran twice"; });
        EXPECT_TRUE(ended);
        ++returned;
      });
    }
    EXPECT_TRUE(await_waiting(5, "sync.Mutex.Lock"));
    EXPECT_EQ(returned, 0);
    let_go.close();
    callers.join();
    EXPECT_EQ(returned, 5);
  });
}

// O03
TEST_P(Once, AThrowCountsAsDone) {
  run([] {
    weft::once o;
    EXPECT_THROW(o.call([] { throw std::runtime_error("first"); }), std::runtime_error);
    o.call([] { ADD_FAILURE() << "ran again"; });
  });
}

TEST_P(Once, WaitersAreReleasedWhenTheFunctionThrows) {
  run([] {
    weft::once o;
    const auto began = weft::make_chan<void>();
    const auto let_go = weft::make_chan<void>();
    crew callers;
    callers.go([&] {
      EXPECT_THROW(o.call([&] {
        began.close();
        static_cast<void>(let_go.recv());
        throw std::runtime_error("late");
      }),
                   std::runtime_error);
    });
    static_cast<void>(began.recv());
    for (int i = 0; i < 3; ++i) {
      callers.go([&] { o.call([] { ADD_FAILURE() << "ran again"; }); });
    }
    EXPECT_TRUE(await_waiting(3, "sync.Mutex.Lock"));
    let_go.close();
  });
}

// O08
TEST_P(Once, AnExitCountsAsDone) {
  run([] {
    weft::once o;
    crew callers;
    weft::wait_group gone;
    gone.go([&] { o.call([] { weft::exit_goroutine(); }); });
    gone.wait();
    o.call([] { ADD_FAILURE() << "ran again"; });
  });
}

TEST_P(Once, WorksFromPlainThreads) {
  run([] {
    for (int round = 0; round < 50; ++round) {
      weft::once o;
      int runs = 0;
      std::vector<std::thread> threads;
      crew callers;
      for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
          o.call([&] { ++runs; });
          EXPECT_EQ(runs, 1);
        });
        callers.go([&] {
          o.call([&] {
            weft::sleep_for(50us);
            ++runs;
          });
          EXPECT_EQ(runs, 1);
        });
      }
      callers.join();
      weft::blocking([&] {
        for (auto& t : threads) t.join();
      });
    }
  });
}

TEST_P(Once, TakesMoveOnlyFunctionsAndLeavesTheUnusedAlone) {
  run([] {
    weft::once o;
    int got = 0;
    o.call([&got, p = std::make_unique<int>(3)] { got = *p; });
    EXPECT_EQ(got, 3);
    auto unused = [&got, p = std::make_unique<int>(4)] { got = *p; };
    o.call(std::move(unused));
    EXPECT_EQ(got, 3);
    unused();
    EXPECT_EQ(got, 4);
  });
}

// O05
TEST_P(Once, FuncRunsOnceForAllItsCopies) {
  run([] {
    int runs = 0;
    const auto f = weft::once_func([&] { ++runs; });
    const auto copy = f;
    const std::function<void()> erased = f;
    crew callers;
    for (int i = 0; i < 4; ++i) {
      callers.go([&] {
        f();
        copy();
        erased();
        EXPECT_EQ(runs, 1);
      });
    }
  });
}

TEST_P(Once, ValueGivesTheSameObjectEveryTime) {
  run([] {
    int runs = 0;
    const auto v = weft::once_value([&] { return "value " + std::to_string(++runs); });
    const auto copy = v;
    const std::string* first = &v();
    EXPECT_EQ(*first, "value 1");
    crew callers;
    for (int i = 0; i < 4; ++i) {
      callers.go([&] {
        EXPECT_EQ(&v(), first);
        EXPECT_EQ(&copy(), first);
      });
    }
    const std::function<std::string()> erased = v;
    EXPECT_EQ(erased(), "value 1");
  });
}

TEST_P(Once, CallsAllocateNothing) {
  run([] {
    weft::once o;
    const long at_start = allocations();
    o.call([] {});
    for (int i = 0; i < 100; ++i) o.call([] {});
    EXPECT_EQ(allocations(), at_start);
    const auto v = weft::once_value([] { return std::string(100, 'x'); });
    const auto f = weft::once_func([] {});
    f();
    static_cast<void>(v());
    const long after_first = allocations();
    std::size_t total = 0;
    for (int i = 0; i < 100; ++i) {
      f();
      total += v().size();
    }
    EXPECT_EQ(total, 10000U);
    EXPECT_EQ(allocations(), after_first);
  });
}

TEST_P(Once, ValueMayBeMoveOnlyOrAReference) {
  run([] {
    const auto owner = weft::once_value([] { return std::make_unique<int>(7); });
    EXPECT_EQ(*owner(), 7);
    int target = 1;
    const auto reference = weft::once_value([&]() -> int& { return target; });
    ++reference();
    EXPECT_EQ(target, 2);
    static_assert(std::is_same_v<decltype(reference()), int&>);
    static_assert(std::is_same_v<decltype(owner()), const std::unique_ptr<int>&>);
  });
}

// O06: the same exception object, from a function that ran once
TEST_P(Once, EveryCallThrowsWhatTheFunctionThrew) {
  run([] {
    int runs = 0;
    const auto f = weft::once_func([&] {
      ++runs;
      throw std::runtime_error("disk full");
    });
    const auto v = weft::once_value([&]() -> int {
      ++runs;
      throw std::runtime_error("disk full");
    });
    const auto caught = [](const auto& call) -> const void* {
      try {
        call();
      } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "disk full");
        return &e;
      }
      return nullptr;
    };
    const void* first_f = caught(f);
    const void* first_v = caught(v);
    EXPECT_NE(first_f, nullptr);
    crew callers;
    for (int i = 0; i < 4; ++i) {
      callers.go([&] {
        EXPECT_EQ(caught(f), first_f);
        EXPECT_EQ(caught(v), first_v);
      });
    }
    callers.join();
    EXPECT_EQ(runs, 2);
  });
}

// O08
TEST_P(Once, CallsAfterAnExitPanicAndDoNotRunItAgain) {
  run([] {
    int runs = 0;
    const auto f = weft::once_func([&] {
      ++runs;
      weft::exit_goroutine();
    });
    weft::wait_group gone;
    gone.go(f);
    gone.wait();
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(panic_text(f),
                "sync: the function of once_func or once_value exited its goroutine");
    }
    EXPECT_EQ(runs, 1);
  });
}

// O09
TEST_P(Once, WhatTheFunctionHoldsIsReleasedWhenItHasEnded) {
  run([] {
    const auto watched = [](auto ending) {
      auto held = std::make_shared<int>(1);
      const std::weak_ptr<int> seen = held;
      const auto f = weft::once_value([held = std::move(held), &seen, ending]() -> int {
        EXPECT_FALSE(seen.expired()) << "released before the end";
        ending();
        return *held;
      });
      EXPECT_FALSE(seen.expired()) << "released before the call";
      weft::wait_group called;
      called.go([&] {
        try {
          static_cast<void>(f());
        } catch (const std::runtime_error&) {
        }
      });
      called.wait();
      EXPECT_TRUE(seen.expired());
    };
    watched([] {});
    watched([] { throw std::runtime_error("end"); });
    watched([] { weft::exit_goroutine(); });
  });
}

static_assert(!std::is_copy_constructible_v<weft::once>);
static_assert(!std::is_move_constructible_v<weft::once>);

}  // namespace
}  // namespace weft_test
