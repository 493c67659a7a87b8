// SPDX-License-Identifier: Apache-2.0
// leak_guard: what a scope leaves behind, and what is only on its way out.
#include <weft/chan.h>
#include <weft/debug.h>

#include "support/parked.h"

namespace weft_test {
namespace {

using weft::debug::leak_guard;
using weft::debug::leak_report;

class LeakGuard : public with_procs {};
WEFT_INSTANTIATE_PROCS(LeakGuard);

std::size_t size(const leak_report& r) { return r.certain.size() + r.suspected.size(); }

TEST_P(LeakGuard, SaysNothingWhenAllHaveEnded) {
  run([] {
    for (int i = 0; i < scaled(200); ++i) {
      const leak_guard guard([](const leak_report& r) { ADD_FAILURE() << r; });
      crew all;
      for (int k = 0; k < 4; ++k) all.go([] { weft::yield(); });
      // Not waited for: these are on their way when the scope ends.
      weft::go([] { weft::yield(); });
      weft::go([] { weft::sleep_for(2ms); });
    }
  });
}

TEST_P(LeakGuard, NamesWhoIsLeft) {
  run([] {
    const auto c = weft::make_chan<int>();
    weft::go({.name = "before"}, [c] { static_cast<void>(c.recv()); });
    int calls = 0;
    {
      const leak_guard guard([&](const leak_report& r) {
        ++calls;
        EXPECT_EQ(size(r), 2U) << r;
        EXPECT_NE(r.text().find("[chan receive, name: left]"), std::string::npos) << r;
        EXPECT_NE(r.text().find("leak_guard_test.cc"), std::string::npos) << r;
        EXPECT_EQ(r.text().find("before"), std::string::npos) << r;
      });
      for (int i = 0; i < 2; ++i) weft::go({.name = "left"}, [c] { static_cast<void>(c.recv()); });
    }
    EXPECT_EQ(calls, 1);
    c.close();
  });
}

TEST_P(LeakGuard, WaitsForProgressHoweverSlow) {
  run([] {
    const auto c = weft::make_chan<int>();
    const leak_guard guard([](const leak_report& r) { ADD_FAILURE() << r; });
    weft::go([c] {
      for (int i = 0; i < 20; ++i) static_cast<void>(c.recv());
    });
    weft::go([c] {
      for (int i = 0; i < 20; ++i) {
        weft::sleep_for(5ms);
        c.send(i);
      }
    });
  });
}

TEST_P(LeakGuard, IgnoresByName) {
  run([] {
    const auto c = weft::make_chan<int>();
    {
      leak_guard guard([](const leak_report& r) { ADD_FAILURE() << r; });
      guard.ignore("logger");
      weft::go({.name = "logger"}, [c] { static_cast<void>(c.recv()); });
    }
    c.close();
  });
}

TEST_P(LeakGuard, CheckGivesTheReportAndEndsTheGuard) {
  run([] {
    const auto c = weft::make_chan<int>();
    {
      leak_guard guard([](const leak_report& r) { ADD_FAILURE() << r; });
      weft::go([c] { static_cast<void>(c.recv()); });
      EXPECT_EQ(size(guard.check()), 1U);
    }
    c.close();
  });
}

TEST(LeakGuardOutside, WorksOnAPlainThread) {
  const auto c = weft::make_chan<int>();
  int calls = 0;
  {
    const leak_guard guard([&](const leak_report& r) {
      ++calls;
      EXPECT_EQ(size(r), 1U) << r;
    });
    weft::go([c] { static_cast<void>(c.recv()); });
  }
  EXPECT_EQ(calls, 1);
  c.close();
  EXPECT_TRUE(eventually([] { return weft::num_goroutines() == 0; }));
}

}  // namespace
}  // namespace weft_test
