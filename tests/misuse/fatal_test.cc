// SPDX-License-Identifier: Apache-2.0
// Panics nobody catches, fatal errors, stack overflow, SIGQUIT, fork: status and whole message.
#include <gtest/gtest.h>
#include <signal.h>

#include <regex>
#include <tuple>

#include "support/child.h"

namespace weft_test {
namespace {

bool has_frame(const std::string& dump, const std::string& function) {
  return std::regex_search(dump, std::regex(function + R"([^\n]*\n\t[^\n]*_cases\.cc:[0-9]+)"));
}

// (case, first lines as a regular expression, a function of the dump)
using expected = std::tuple<const char*, const char*, const char*>;
class Dies : public testing::TestWithParam<expected> {};

TEST_P(Dies, WithStatusTwoAndItsWholeMessage) {
  const auto& [name, start, function] = GetParam();
  const auto r = run_case(name);
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "") << "went on";
  std::smatch match;
  EXPECT_TRUE(
      std::regex_search(r.err, match, std::regex(start), std::regex_constants::match_continuous))
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

// M03 R07
INSTANTIATE_TEST_SUITE_P(
    FatalError, Dies,
    testing::Values(
        expected{"unlock_of_unlocked",
                 "fatal error: sync: unlock of unlocked mutex\n\ngoroutine 1 \\[running\\]:\n",
                 "unlocks_what_is_not_locked"},
        expected{"unlock_twice",
                 "fatal error: sync: unlock of unlocked mutex\n\ngoroutine 1 \\[running\\]:\n", ""},
        expected{"unlock_from_a_thread", "fatal error: sync: unlock of unlocked mutex\n", ""},
        expected{"go_empty_function", "fatal error: go of nil func value\n", ""},
        expected{"go_null_pointer", "fatal error: go of nil func value\n", ""}),
    case_name);

// R14
constexpr const char* k_overflow =
    "runtime: goroutine stack exceeds [0-9]+-byte limit\n(.*\n)*fatal error: stack overflow\n";
INSTANTIATE_TEST_SUITE_P(
    StackOverflow, Dies,
    testing::Values(expected{"overflow_goroutine", k_overflow, "recurses_for_ever"},
                    expected{"overflow_main", k_overflow, "recurses_for_ever"},
                    expected{"overflow_large_frame", k_overflow, "leaps_over"}),
    case_name);

TEST(StackOverflow, NamesTheGoroutine) {
  const auto r = run_case("overflow_goroutine");
  EXPECT_NE(r.err.find("deep-one"), std::string::npos) << describe(r);
}

TEST(StackOverflow, AnOrdinarySegmentationFaultIsNotOne) {
  const auto r = run_case("plain_segfault");
  EXPECT_EQ(r.err.find("stack overflow"), std::string::npos) << describe(r);
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_EQ(r.signal, SIGSEGV) << describe(r);
#endif
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

class Sigquit : public testing::TestWithParam<std::tuple<const char*, int>> {};

TEST_P(Sigquit, DumpsEveryGoroutineAndEnds) {
  const auto& [name, goroutines] = GetParam();
  const auto r = run_case(name, {}, [](pid_t pid) { kill(pid, SIGQUIT); });
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "ready\n");
  EXPECT_TRUE(r.err.starts_with("SIGQUIT: quit\n")) << describe(r);
  const std::regex header("(^|\n)goroutine [0-9]+[^\n]*:\n");
  EXPECT_EQ(std::distance(std::sregex_iterator(r.err.begin(), r.err.end(), header), {}), goroutines)
      << describe(r);
  EXPECT_TRUE(has_frame(r.err, "waits_in_a_named_function")) << describe(r);
}

INSTANTIATE_TEST_SUITE_P(Misuse, Sigquit,
                         testing::Values(std::tuple{"sigquit_waiting", 3},
                                         std::tuple{"sigquit_busy", 6}),
                         [](const auto& test) { return std::string(std::get<0>(test.param)); });

TEST(Sigquit, ShowsNamesAndReasons) {
  const auto r = run_case("sigquit_waiting", {}, [](pid_t pid) { kill(pid, SIGQUIT); });
  for (const char* part :
       {"waiter", "sleeper", "[sleep", "[chan receive", "[select]", "goroutine 1 "}) {
    EXPECT_NE(r.err.find(part), std::string::npos) << part << "\n" << describe(r);
  }
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
                         testing::Values("fork_then_go", "fork_then_run", "fork_then_block"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace weft_test
