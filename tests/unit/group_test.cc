// SPDX-License-Identifier: Apache-2.0
// group: joining, the first failure, the limit.
#include <weft/group.h>

#include <stdexcept>
#include <string>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::errc;

class Group : public with_procs {};
WEFT_INSTANTIATE_PROCS(Group);

TEST_P(Group, WaitsForAll) {
  run([] {
    weft::group g;
    int results[20] = {};
    for (int i = 0; i < 20; ++i) g.go([&results, i] { results[i] = i * i; });
    g.wait();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(results[i], i * i);
    EXPECT_EQ(g.ctx().err(), errc::canceled) << "ended when wait returned";
  });
}

TEST_P(Group, TheFirstExceptionComesOutAndEndsTheContext) {
  run([] {
    weft::group g;
    const auto failed = weft::make_chan<void>();
    g.go([] { throw std::runtime_error("first"); });
    g.go([&] {
      g.ctx().done().recv();
      throw std::logic_error("second");
    });
    std::string what;
    try {
      g.wait();
    } catch (const std::exception& e) {
      what = e.what();
    }
    EXPECT_EQ(what, "first");
    EXPECT_EQ(g.ctx().cause(), errc::canceled);
  });
}

TEST_P(Group, TheCauseIsTheCodeOfASystemError) {
  run([] {
    weft::group g;
    const auto code = std::make_error_code(std::errc::broken_pipe);
    g.go([code] { throw std::system_error(code); });
    EXPECT_THROW(g.wait(), std::system_error);
    EXPECT_EQ(g.ctx().cause(), code);
    EXPECT_EQ(g.ctx().err(), errc::canceled);
  });
}

TEST_P(Group, AnyTypeMayBeThrown) {
  run([] {
    weft::group g;
    g.go([] { throw 42; });
    int seen = 0;
    try {
      g.wait();
    } catch (int n) {
      seen = n;
    }
    EXPECT_EQ(seen, 42);
  });
}

TEST_P(Group, ExitGoroutineCountsAsTheEndAndIsNoFailure) {
  run([] {
    weft::group g;
    g.set_limit(1);
    g.go([] { weft::exit_goroutine(); });
    g.go([] {});
    g.wait();
  });
}

TEST_P(Group, NeverMoreThanTheLimitAtOnce) {
  run([] {
    weft::group g;
    g.set_limit(3);
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    for (int i = 0; i < 60; ++i) {
      g.go([&] {
        int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        weft::yield();
        --inside;
      });
    }
    g.wait();
    EXPECT_LE(most, 3);
    EXPECT_GE(most, 1);
  });
}

TEST_P(Group, TryGoGivesUpWhereGoWouldBlock) {
  run([] {
    weft::group g;
    g.set_limit(1);
    const auto release = weft::make_chan<void>();
    EXPECT_TRUE(g.try_go([&] { release.recv(); }));
    EXPECT_FALSE(g.try_go([] {}));
    EXPECT_EQ(panic_text([&] { g.set_limit(2); }),
              "errgroup: modify limit while goroutines in the group are still active");
    release.send();
    g.wait();
    EXPECT_TRUE(g.try_go([] {}));
    g.wait();
  });
}

TEST_P(Group, ALimitOfNoneLetsNoneIn) {
  run([] {
    weft::group g;
    g.set_limit(0);
    EXPECT_FALSE(g.try_go([] {}));
  });
}

TEST_P(Group, TheParentsEndReachesTheGoroutines) {
  run([] {
    auto [parent, cancel] = weft::with_cancel(weft::background());
    weft::group g(parent);
    g.go([&] { EXPECT_FALSE(g.ctx().done().recv()); });
    cancel();
    g.wait();
  });
}

TEST_P(Group, TheDestructorEndsTheContextAndJoins) {
  run([] {
    std::atomic<bool> ended = false;
    {
      weft::group g;
      g.go([&] {
        g.ctx().done().recv();
        ended = true;
      });
    }
    EXPECT_TRUE(ended);
  });
}

TEST_P(Group, WaitWithAContextGivesUpAndTheGoroutinesGoOn) {
  run([] {
    weft::group g;
    const auto release = weft::make_chan<void>();
    g.go([&] { release.recv(); });
    auto [ctx, cancel] = weft::with_timeout(weft::background(), 2ms);
    EXPECT_EQ(g.wait(ctx), errc::deadline_exceeded);
    EXPECT_FALSE(g.ctx().err());
    release.send();
    EXPECT_FALSE(g.wait(weft::background()));
  });
}

}  // namespace
}  // namespace weft_test
