// SPDX-License-Identifier: Apache-2.0
// singleflight: sharing, errors, exits, forgetting.
#include <weft/chan.h>
#include <weft/context.h>
#include <weft/singleflight.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/parked.h"
#include "support/tally.h"
#include "support/tracked.h"

namespace weft_test {
namespace {

class Singleflight : public with_procs {};
WEFT_INSTANTIATE_PROCS(Singleflight);

constexpr const char* k_waiting = "sync.WaitGroup.Wait";

TEST_P(Singleflight, GivesWhatTheFunctionGives) {
  run([] {
    weft::singleflight<std::string, int> s;
    EXPECT_EQ(s.call("a", [] { return 1; }), 1);
    EXPECT_EQ(s.call("a", [] { return 2; }), 2) << "nothing is kept afterwards";
    weft::singleflight<int, void> none;
    int runs = 0;
    none.call(1, [&] { ++runs; });
    EXPECT_EQ(runs, 1);
  });
}

TEST_P(Singleflight, CallsAtOnceShareOneRun) {
  run([] {
    const tracked_scope no_leak;
    weft::singleflight<std::string, tracked> s;
    const auto go_on = weft::make_chan<void>();
    std::atomic<int> runs = 0;
    std::atomic<int> right = 0;
    {
      crew all;
      for (int i = 0; i < 10; ++i) {
        all.go([&] {
          const tracked got = s.call("key", [&] {
            go_on.recv();
            return tracked(++runs);
          });
          if (got.number == 1) ++right;
        });
      }
      EXPECT_TRUE(await_waiting(9, k_waiting));
      EXPECT_EQ(s.call("other", [] { return tracked(7); }).number, 7)
          << "another key does not wait";
      go_on.close();
    }
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(right, 10);
  });
}

TEST_P(Singleflight, ManyKeysManyCallers) {
  run([] {
    weft::singleflight<int, int> s;
    tally running(4);
    std::atomic<int> runs = 0;
    crew all;
    for (int g = 0; g < 8; ++g) {
      all.go([&, g] {
        for (int i = 0; i < scaled(2000); ++i) {
          const int key = (i + g) % 4;
          const int got = s.call(key, [&] {
            EXPECT_EQ(++running.at(key), 1);
            ++runs;
            if (i % 4 == 0) weft::yield();
            --running.at(key);
            return key * 10;
          });
          ASSERT_EQ(got, key * 10);
        }
      });
    }
    all.join();
    EXPECT_GE(runs, 1);
    EXPECT_LE(runs, 8 * scaled(2000));
  });
}

TEST_P(Singleflight, AnExceptionReachesEveryCaller) {
  run([] {
    weft::singleflight<int, int> s;
    const auto go_on = weft::make_chan<void>();
    std::atomic<int> thrown = 0;
    {
      crew all;
      for (int i = 0; i < 5; ++i) {
        all.go([&] {
          try {
            s.call(1, [&]() -> int {
              go_on.recv();
              throw std::runtime_error("no luck");
            });
          } catch (const std::runtime_error& e) {
            if (std::string(e.what()) == "no luck") ++thrown;
          }
        });
      }
      EXPECT_TRUE(await_waiting(4, k_waiting));
      go_on.close();
    }
    EXPECT_EQ(thrown, 5);
    EXPECT_EQ(s.call(1, [] { return 2; }), 2) << "the next one tries again";
  });
}

TEST_P(Singleflight, AnExitTakesEveryCallerAlong) {
  run([] {
    weft::singleflight<int, int> s;
    const auto go_on = weft::make_chan<void>();
    std::atomic<int> beyond = 0;
    weft::wait_group all;
    for (int i = 0; i < 5; ++i) {
      all.go([&] {
        s.call(1, [&]() -> int {
          go_on.recv();
          weft::exit_goroutine();
        });
        ++beyond;
      });
    }
    EXPECT_TRUE(await_waiting(4, k_waiting));
    go_on.close();
    all.wait();
    EXPECT_EQ(beyond, 0);
    EXPECT_EQ(s.call(1, [] { return 2; }), 2);
  });
}

TEST_P(Singleflight, AnExitIsAPanicForAPlainThread) {
  run([] {
    weft::singleflight<int, int> s;
    const auto go_on = weft::make_chan<void>();
    const auto running = weft::make_chan<void>();
    weft::wait_group first;
    first.go([&] {
      s.call(1, [&]() -> int {
        running.close();
        go_on.recv();
        weft::exit_goroutine();
      });
    });
    running.recv();
    std::string text;
    std::atomic<int> calls = 0;
    std::thread second([&] {
      // It may come too late to share; then it runs its own.
      text = panic_text([&] { s.call(1, [&] { return ++calls; }); });
    });
    weft::sleep_for(100us);  // a chance to share; nothing depends on it
    go_on.close();
    first.wait();
    weft::blocking([&] { second.join(); });
    if (calls == 0) {
      EXPECT_EQ(text, "singleflight: the function exited its goroutine");
    }
  });
}

TEST_P(Singleflight, ForgettingLetsTheNextRunItsOwn) {
  run([] {
    weft::singleflight<int, int> s;
    const auto go_on = weft::make_chan<void>();
    const auto running = weft::make_chan<void>();
    crew all;
    all.go([&] {
      const int got = s.call(1, [&] {
        running.send();
        go_on.recv();
        return 1;
      });
      EXPECT_EQ(got, 1);
    });
    running.recv();
    s.forget(1);
    s.forget(2);
    all.go([&] {
      const int got = s.call(1, [&] {
        running.send();
        go_on.recv();
        return 2;
      });
      EXPECT_EQ(got, 2);
    });
    running.recv();
    all.go([&] { EXPECT_EQ(s.call(1, [] { return 3; }), 2) << "shares the second"; });
    EXPECT_TRUE(await_waiting(1, k_waiting));
    go_on.send();
    go_on.send();
  });
}

TEST_P(Singleflight, AContextEndsTheWait) {
  run([] {
    weft::singleflight<int, int> s;
    weft::singleflight<int, void> none;
    const auto go_on = weft::make_chan<void>();
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    const auto running = weft::make_chan<void>();
    crew all;
    const auto wait = [&] {
      running.send();
      go_on.recv();
      return 1;
    };
    all.go([&] { EXPECT_EQ(s.call(1, wait, ctx), 1) << "who runs it is not interrupted"; });
    running.recv();
    const auto given_up = weft::make_chan<void>();
    all.go([&, own = ctx] {
      EXPECT_EQ(s.call(1, wait, own), std::nullopt);
      given_up.close();
    });
    EXPECT_TRUE(await_waiting(1, k_waiting));
    cancel();
    given_up.recv();
    EXPECT_EQ(s.call(2, [] { return 2; }, ctx), std::nullopt);
    EXPECT_FALSE(none.call(1, [] {}, ctx));
    EXPECT_TRUE(none.call(1, [] {}, weft::background()));
    go_on.send();
  });
}

TEST_P(Singleflight, MoveOnlyFunctionsAndOtherKeys) {
  struct key {
    int a;
    int b;
    bool operator==(const key&) const = default;
  };
  struct hash {
    std::size_t operator()(const key& k) const { return static_cast<std::size_t>(k.a * 31 + k.b); }
  };
  run([] {
    weft::singleflight<key, std::string, hash> s;
    EXPECT_EQ(s.call({1, 2}, [p = std::make_unique<int>(3)] { return std::to_string(*p); }), "3");
  });
}

}  // namespace
}  // namespace weft_test
