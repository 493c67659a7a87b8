// SPDX-License-Identifier: Apache-2.0
// The goroutine profile: who is where, with which labels, and how it is written.
#include <weft/debug.h>
#include <weft/weft.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "support/parked.h"
#include "support/profiled.h"

namespace weft_test {
namespace {

class GoroutineProfile : public with_procs {};
WEFT_INSTANTIATE_PROCS(GoroutineProfile);

PROFILED fifty_wait_here(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  KEEP;
}
PROFILED forty_wait_here(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  KEEP;
}

PROFILED runs_on(const std::atomic<bool>& ends) {
  while (!ends) {
  }
  KEEP;
}

TEST_P(GoroutineProfile, ARunningGoroutineHasItsStack) {
  run([] {
    std::atomic<bool> ends = false;
    std::thread looks([&] {
      EXPECT_TRUE(eventually([] { return taken("goroutine").find("runs_on") != nullptr; }));
      ends = true;
    });
    runs_on(ends);
    looks.join();
  });
}

TEST_P(GoroutineProfile, GoroutinesAreGroupedByStackAndCounted) {
  run([] {
    const auto c = weft::make_chan<int>();
    crew all;
    for (int i = 0; i < 50; ++i) all.go([=] { fifty_wait_here(c); });
    for (int i = 0; i < 40; ++i) all.go([=] { forty_wait_here(c); });
    EXPECT_TRUE(await_waiting(90, "chan receive"));
    const read_profile p = taken("goroutine");
    EXPECT_EQ(p.types, std::vector<std::string>{"goroutine/count"});
    EXPECT_EQ(p.sum("fifty_wait_here", 0), 50);
    EXPECT_EQ(p.sum("forty_wait_here", 0), 40);
    ASSERT_NE(p.find("fifty_wait_here"), nullptr);
    EXPECT_NE(p.find("fifty_wait_here")->labels.at("created_by").find("with_procs.h:"),
              std::string::npos);
    const std::string text = text_of("goroutine");
    EXPECT_EQ(text.rfind("goroutine profile: total ", 0), 0U) << text;
    const std::size_t fifty = text.find("\n50 @ 0x");
    const std::size_t forty = text.find("\n40 @ 0x");
    EXPECT_LT(fifty, forty) << text;
    EXPECT_NE(forty, std::string::npos) << text;
    c.close();
    all.join();
  });
}

TEST_P(GoroutineProfile, LabelsAreInheritedAndRestored) {
  using pairs = std::vector<std::pair<std::string, std::string>>;
  run([] {
    EXPECT_EQ(weft::debug::labels(), pairs{});
    weft::debug::set_labels({{"b", "2"}, {"a", "1"}, {"b", "3"}});
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    EXPECT_EQ(weft::debug::with_labels({{"b", "4"}}, [] { return weft::debug::labels(); }),
              (pairs{{"a", "1"}, {"b", "4"}}));
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    try {
      weft::debug::with_labels({{"c", "5"}}, [] { throw std::runtime_error("out"); });
    } catch (const std::runtime_error&) {
    }
    EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
    crew all;
    all.go([] {
      EXPECT_EQ(weft::debug::labels(), (pairs{{"a", "1"}, {"b", "3"}}));
      weft::debug::set_labels({});
      EXPECT_EQ(weft::debug::labels(), pairs{});
    });
    all.join();
    const std::string text = text_of("goroutine");
    EXPECT_NE(text.find("# labels: {\"a\":\"1\", \"b\":\"3\"}\n"), std::string::npos) << text;
    weft::debug::set_labels({});
    EXPECT_EQ(weft::debug::labels(), pairs{});
  });
  weft::debug::set_labels({{"a", "1"}});  // of a plain thread: nothing
  EXPECT_EQ(weft::debug::labels(), pairs{});
}

// F06: goroutines that come, go and change their labels while they are read.
TEST_P(GoroutineProfile, ReadWhileGoroutinesComeAndGo) {
  run([&] {
    std::atomic<bool> ends = false;
    crew all;
    for (int i = 0; i < 4; ++i) {
      all.go([&] {
        for (int k = 0; !ends; ++k) {
          weft::debug::with_labels({{"turn", std::to_string(k)}}, [] {
            crew child;
            child.go([] { weft::yield(); });
            child.join();
          });
        }
      });
    }
    for (int i = 0; i < scaled(200); ++i) {
      const read_profile p = taken("goroutine");
      EXPECT_GE(p.samples.size(), 1U);
      weft::yield();
    }
    ends = true;
    all.join();
  });
}

[[gnu::noinline]] static int deep(int n, const weft::chan<int>& c) {
  if (n == 0) {
    static_cast<void>(c.recv());
    return 0;
  }
  const int below = deep(n - 1, c);
  KEEP;
  return below + 1;
}

// F08
TEST_P(GoroutineProfile, DeepStacksAreCutOff) {
  weft::debug::set_block_profile_rate(1);
  run([] {
    const auto c = weft::make_chan<int>();
    crew all;
    all.go([=] { EXPECT_EQ(deep(300, c), 300); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    const read_profile p = taken("goroutine");
    ASSERT_NE(p.find("deep"), nullptr);
    EXPECT_GT(p.find("deep")->functions.size(), 100U);
    EXPECT_LE(p.find("deep")->functions.size(), 128U);
    c.close();
    all.join();
  });
  weft::debug::set_block_profile_rate(0);
  EXPECT_NE(taken("block").find("deep"), nullptr);
}

}  // namespace
}  // namespace weft_test
