// SPDX-License-Identifier: Apache-2.0
// The deadlock report: its text, its exit status, and when it must not appear.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "support/child.h"

namespace weft_test {
namespace {

constexpr const char* k_asleep = "fatal error: all goroutines are asleep - deadlock!\n\n";
constexpr const char* k_main_gone =
    "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n";

// C14 S01 S02 M12 R01: (case, wait reason, a function of the dump)
using expected = std::tuple<const char*, const char*, const char*>;
class DeadlockOf : public testing::TestWithParam<expected> {};

TEST_P(DeadlockOf, MainIsReportedWithItsReasonAndStack) {
  const auto& [name, reason, function] = GetParam();
  const auto r = run_case(name);
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "");
  const std::string start = k_asleep + std::string("goroutine 1 [") + reason + "]:\n";
  EXPECT_EQ(r.err.substr(0, start.size()), start) << describe(r);
  EXPECT_TRUE(has_frame(r.err, function)) << describe(r);
}

#if WEFT_TEST_DEBUG_SERVER
INSTANTIATE_TEST_SUITE_P(UnderADebugServer, DeadlockOf,
                         testing::Values(expected{"deadlock_under_a_debug_server", "chan receive",
                                                  "receives_from_nobody"}));
#endif

INSTANTIATE_TEST_SUITE_P(
    Misuse, DeadlockOf,
    testing::Values(
        expected{"deadlock_receive", "chan receive", "receives_from_nobody"},
        expected{"deadlock_send", "chan send", "sends_to_nobody"},
        expected{"deadlock_nil_receive", "chan receive (nil chan)", "receives_from_nobody"},
        expected{"deadlock_nil_send", "chan send (nil chan)", "sends_to_nobody"},
        expected{"deadlock_select", "select", "operator()"},
        expected{"deadlock_select_no_cases", "select (no cases)", "operator()"},
        expected{"deadlock_select_nil_cases", "select", "operator()"},
        expected{"deadlock_self_lock", "sync.Mutex.Lock", "operator()"},
        expected{"deadlock_wait_group", "sync.WaitGroup.Wait", "operator()"},
        expected{"deadlock_beside_idle_timers", "chan receive", "receives_from_nobody"}),
    [](const auto& test) { return std::string(std::get<0>(test.param)); });

TEST(Deadlock, EveryGoroutineIsInTheReportWithItsName) {
  const auto r = run_case("deadlock_several");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_TRUE(r.err.starts_with(k_asleep)) << describe(r);
  for (const char* part : {"[sync.WaitGroup.Wait]", "[chan receive, name: collector]",
                           "[chan send, name: writer]", "[sync.Mutex.Lock, name: locker]"}) {
    EXPECT_NE(r.err.find(part), std::string::npos) << part << "\n" << describe(r);
  }
  EXPECT_EQ(count_goroutines(r.err), 4U) << describe(r);
  EXPECT_TRUE(has_frame(r.err, "receives_from_nobody")) << describe(r);
  EXPECT_TRUE(has_frame(r.err, "sends_to_nobody")) << describe(r);
  // Go's dumps part the goroutines by an empty line.
  EXPECT_NE(r.err.find("\n\ngoroutine 2 ["), std::string::npos) << describe(r);
}

TEST(Deadlock, IsReportedAfterAllWorkIsDone) {
  const auto r = run_case("deadlock_after_work");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "worked\n");
  EXPECT_TRUE(r.err.starts_with(k_asleep)) << describe(r);
}

// R03
TEST(Deadlock, MainExitedAndTheOthersAreAsleep) {
  const auto r = run_case("deadlock_main_gone_others_blocked");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_TRUE(r.err.starts_with(k_asleep)) << describe(r);
  EXPECT_TRUE(has_frame(r.err, "receives_from_nobody")) << describe(r);
}

// R03
TEST(Deadlock, MainExitedAndNobodyIsLeft) {
  for (const char* name : {"main_gone_none_left", "main_gone_none_left_after_others"}) {
    const auto r = run_case(name);
    EXPECT_EQ(r.exit_status, 2) << describe(r);
    EXPECT_TRUE(r.err.starts_with(k_main_gone)) << describe(r);
  }
}

// R03
TEST(Deadlock, MainExitedAndTheOthersGoOn) {
  const auto r = run_case("main_gone_others_continue");
  EXPECT_EQ(r.exit_status, 0) << describe(r);
  EXPECT_EQ(r.out, "later\n");
  EXPECT_EQ(r.err, "");
}

// R15
class NoDeadlock : public testing::TestWithParam<const char*> {};

TEST_P(NoDeadlock, IsReportedWhileSomebodyCanStillBeWoken) {
  const auto r = run_case(GetParam());
  EXPECT_EQ(r.exit_status, 0) << describe(r);
  EXPECT_EQ(r.out, "received\n");
  EXPECT_EQ(r.err, "");
}

INSTANTIATE_TEST_SUITE_P(Misuse, NoDeadlock,
                         testing::Values("woken_by_thread", "woken_by_timer", "woken_by_sleeper",
                                         "woken_by_after", "woken_by_timer_channel",
                                         "woken_by_blocking", "woken_by_busy",
                                         "woken_by_thread_in_turns"),
                         [](const auto& test) { return std::string(test.param); });

// T03
TEST(Deadlock, ASleeperForEverNeverWakes) {
  const auto r = run_case("sleeps_for_ever");
  EXPECT_EQ(r.exit_status, 5) << describe(r);
  EXPECT_EQ(r.out, "");
}

// R09
TEST(Dump, OfAFreshProgramShowsOnlyTheMainGoroutine) {
  const auto r = run_case("dump_fresh");
  EXPECT_EQ(r.exit_status, 0) << describe(r);
  EXPECT_TRUE(r.out.starts_with("goroutine 1 [running]:\n")) << describe(r);
  EXPECT_EQ(r.out.find("\ngoroutine "), std::string::npos) << describe(r);
}

}  // namespace
}  // namespace weft_test
