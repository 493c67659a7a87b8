// SPDX-License-Identifier: Apache-2.0
// Panics nobody catches, fatal errors, stack overflow, SIGQUIT, fork: status and whole message.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <regex>
#include <thread>
#include <tuple>

#include "support/child.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

// (case, first lines as a regular expression, a function of the dump)
using expected = std::tuple<const char*, const char*, const char*>;
class Dies : public testing::TestWithParam<expected> {};

TEST_P(Dies, WithStatusTwoAndItsWholeMessage) {
  const auto& [name, start, function] = GetParam();
  const auto r = run_case(name);
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "") << "went on";
  std::smatch match;
  const std::string head = r.err.substr(0, 400);
  EXPECT_TRUE(
      std::regex_search(head, match, std::regex(start), std::regex_constants::match_continuous))
      << describe(r);
  if (*function != '\0') {
    EXPECT_TRUE(has_frame(r.err, function)) << describe(r);
  }
}

std::string case_name(const testing::TestParamInfo<expected>& info) {
  return std::get<0>(info.param);
}

// R08
constexpr const char* k_closed_main =
    "panic: send on closed channel\n\ngoroutine 1 \\[running\\]:\n";
constexpr const char* k_closed =
    "panic: send on closed channel\n\ngoroutine [0-9]+ \\[running(, name: [^\n]*)?\\]:\n";
INSTANTIATE_TEST_SUITE_P(
    Panic, Dies,
    testing::Values(
        expected{"panic_main", k_closed_main, "sends_on_closed"},
        expected{"panic_goroutine", k_closed, "sends_on_closed"},
        expected{"panic_close_of_nil",
                 "panic: close of nil channel\n\ngoroutine 1 \\[running\\]:\n", ""},
        expected{"panic_negative_counter",
                 "panic: sync: negative WaitGroup counter\n\ngoroutine 1 \\[running\\]:\n", ""},
        expected{"panic_in_wait_group_go", k_closed, "sends_on_closed"},
        expected{"panic_in_after_func", k_closed, "sends_on_closed"},
        expected{"exception_main", "panic: [^\n]*disk full[^\n]*\n\ngoroutine 1 \\[running\\]:\n",
                 ""},
        expected{
            "exception_goroutine",
            "panic: [^\n]*disk full[^\n]*\n\ngoroutine [0-9]+ \\[running(, name: [^\n]*)?\\]:\n",
            ""},
        expected{"exception_not_std",
                 "panic: [^\n]+\n\ngoroutine [0-9]+ \\[running(, name: [^\n]*)?\\]:\n", ""},
        // R12
        expected{"exception_that_yields",
                 "panic: [^\n]*said after yielding[^\n]*\n\ngoroutine [0-9]+ \\[running(, name: "
                 "[^\n]*)?\\]:\n",
                 ""}),
    case_name);

// M03 R07 W05
INSTANTIATE_TEST_SUITE_P(
    FatalError, Dies,
    testing::Values(
        expected{"unlock_of_unlocked",
                 "fatal error: sync: unlock of unlocked mutex\n\ngoroutine 1 \\[running\\]:\n",
                 "unlocks_what_is_not_locked"},
        expected{"unlock_twice",
                 "fatal error: sync: unlock of unlocked mutex\n\ngoroutine 1 \\[running\\]:\n", ""},
        expected{"unlock_from_a_thread", "fatal error: sync: unlock of unlocked mutex\n", ""},
        expected{"rw_unlock_of_unlocked", "fatal error: sync: Unlock of unlocked RWMutex\n", ""},
        expected{"rw_unlock_of_read_locked", "fatal error: sync: Unlock of unlocked RWMutex\n", ""},
        expected{"rw_runlock_of_unlocked", "fatal error: sync: RUnlock of unlocked RWMutex\n", ""},
        expected{"rw_runlock_of_write_locked", "fatal error: sync: RUnlock of unlocked RWMutex\n",
                 ""},
        expected{"rw_runlock_twice", "fatal error: sync: RUnlock of unlocked RWMutex\n", ""},
        expected{"rw_runlock_after_many_readers",
                 "fatal error: sync: RUnlock of unlocked RWMutex\n", ""},
        expected{"go_empty_function", "fatal error: go of nil func value\n", ""},
        expected{"go_null_pointer", "fatal error: go of nil func value\n", ""}),
    case_name);

// R14: (case, function); the report is followed by what handled the signal before, if anything did
class StackOverflowIn : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(StackOverflowIn, IsNamedWithItsLimitAndStack) {
  const auto& [name, function] = GetParam();
  const auto r = run_case(name);
  if (k_sanitized) {
    EXPECT_GT(r.exit_status, 0) << describe(r);
  } else {
    EXPECT_EQ(r.exit_status, 2) << describe(r);
  }
  EXPECT_EQ(r.out, "");
  EXPECT_TRUE(std::regex_search(
      r.err.substr(0, 200),
      std::regex(
          "^runtime: goroutine stack exceeds [0-9]+-byte limit\nfatal error: stack overflow\n")))
      << describe(r);
  EXPECT_TRUE(has_frame(r.err, function)) << describe(r);
}

INSTANTIATE_TEST_SUITE_P(Misuse, StackOverflowIn,
                         testing::Values(std::tuple{"overflow_goroutine", "recurses_for_ever"},
                                         std::tuple{"overflow_main", "recurses_for_ever"},
                                         std::tuple{"overflow_large_frame", "leaps_over"}),
                         [](const auto& test) { return std::string(std::get<0>(test.param)); });

TEST(StackOverflow, NamesTheGoroutine) {
  const auto r = run_case("overflow_goroutine");
  EXPECT_NE(r.err.find("deep-one"), std::string::npos) << describe(r);
}

TEST(StackOverflow, AnOrdinarySegmentationFaultIsNotOne) {
  const auto r = run_case("plain_segfault");
  EXPECT_EQ(r.err.find("stack overflow"), std::string::npos) << describe(r);
  if (!k_sanitized) {
    EXPECT_EQ(r.signal, SIGSEGV) << describe(r);
  }
}

// R11: the exit is racy by nature; ten tries in a row must not all miss it
TEST(Panic, IsPrintedEvenWhenMainReturnsMeanwhile) {
  child_result r;
  for (int i = 0; i < 10; ++i) {
    r = run_case("panic_while_main_returns");
    if (r.exit_status == 2 && r.err.find("late") != std::string::npos) return;
  }
  ADD_FAILURE() << describe(r);
}

class Sigquit : public testing::TestWithParam<std::tuple<const char*, std::size_t>> {};

TEST_P(Sigquit, DumpsEveryGoroutineAndEnds) {
  const auto& [name, goroutines] = GetParam();
  const auto r = run_case(name, {}, [](pid_t pid) { kill(pid, SIGQUIT); });
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "ready\n");
  EXPECT_TRUE(r.err.starts_with("SIGQUIT: quit\n")) << describe(r);
  EXPECT_EQ(count_goroutines(r.err), goroutines) << describe(r);
  EXPECT_TRUE(has_frame(r.err, "waits_in_a_named_function")) << describe(r);
}

INSTANTIATE_TEST_SUITE_P(Misuse, Sigquit,
                         testing::Values(std::tuple{"sigquit_waiting", std::size_t{3}},
                                         std::tuple{"sigquit_busy", std::size_t{6}}),
                         [](const auto& test) { return std::string(std::get<0>(test.param)); });

TEST(Sigquit, ShowsNamesAndReasons) {
  const auto r = run_case("sigquit_waiting", {}, [](pid_t pid) { kill(pid, SIGQUIT); });
  for (const char* part :
       {"waiter", "sleeper", "[sleep", "[chan receive", "[select]", "goroutine 1 "}) {
    EXPECT_NE(r.err.find(part), std::string::npos) << part << "\n" << describe(r);
  }
}

TEST(Signal, OfTheProgramItselfIsHandledWhileAllWait) {
  const auto r = run_case("signal_while_all_wait", {}, [](pid_t pid) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // mostly, all wait by then
    kill(pid, SIGUSR1);
  });
  EXPECT_EQ(r.exit_status, 7) << describe(r);
}

class Fork : public testing::TestWithParam<const char*> {};

TEST_P(Fork, TheChildIsRefusedLoudlyAndTheParentGoesOn) {
  const auto r = run_case(GetParam());
  EXPECT_NE(r.out.find("child: 2\n"), std::string::npos) << describe(r);
  EXPECT_EQ(r.out.find("went on"), std::string::npos) << describe(r);
  EXPECT_NE(r.err.find("fork"), std::string::npos) << describe(r);
  EXPECT_GE(r.exit_status, 0) << describe(r);
  EXPECT_NE(r.exit_status, 2) << describe(r);
}

INSTANTIATE_TEST_SUITE_P(Misuse, Fork,
                         testing::Values("fork_then_go", "fork_then_run", "fork_then_block",
                                         "fork_then_receive_in_a_goroutine",
                                         "fork_then_sleep_in_a_goroutine",
                                         "fork_then_yield_in_a_goroutine", "fork_within_blocking"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace weft_test
