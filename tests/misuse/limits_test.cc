// SPDX-License-Identifier: Apache-2.0
// Out of memory, out of threads, the environment, options, and how a process ends.
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "support/child.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

// Runs a case that must end well, and gives what it printed.
std::string output_of(const char* name, int status = 0, const environment& env = {}) {
  const auto r = run_case(name, env);
  EXPECT_EQ(r.exit_status, status) << describe(r);
  EXPECT_EQ(r.err, "");
  return r.out;
}

TEST(Limits, OutOfMemoryIsAnExceptionAtGoAndTheRuntimeGoesOn) {
  if (k_sanitized) GTEST_SKIP() << "a sanitizer's own mappings exceed any RLIMIT_AS";
  EXPECT_EQ(output_of("out_of_memory"), "refused\nran 100\nran 10000\n");
}

TEST(Limits, AStackThatCannotBeHadIsRefused) {
  if (k_sanitized) GTEST_SKIP() << "a sanitizer's own mappings exceed any RLIMIT_AS";
  EXPECT_EQ(output_of("out_of_memory_large_stack"), "refused\nran 1000\n");
}

TEST(Limits, OutOfThreadsIsAnExceptionOrFewerThreads) {
  const auto out = output_of("out_of_threads");
  EXPECT_TRUE(std::regex_match(out, std::regex("ran 10\nended, refused (some|none)\nran 1000\n")))
      << out;
}

TEST(Environment, WeftProcsSetsTheNumberOfProcessors) {
  EXPECT_EQ(output_of("print_procs", 0, {{"WEFT_PROCS", "5"}}), "procs 5\n");
  EXPECT_EQ(output_of("print_procs_outside", 0, {{"WEFT_PROCS", "5"}}), "procs 5\n");
}

TEST(Environment, WithoutItTheNumberIsWhatTheMachineGrants) {
  const auto out = output_of("print_procs");
  std::smatch match;
  ASSERT_TRUE(std::regex_match(out, match, std::regex("procs ([0-9]+)\n"))) << out;
  EXPECT_GE(std::stoul(match[1]), 1U);
  EXPECT_LE(std::stoul(match[1]), std::max(2U, std::thread::hardware_concurrency()));
}

TEST(Environment, ValuesThatAreNoNumberAreNotFollowed) {
  const auto normal = output_of("print_procs");
  for (const char* value : {"", "0", "-3", "many", "4x", "99999999999999999999"}) {
    const auto r = run_case("print_procs", {{"WEFT_PROCS", value}});
    EXPECT_EQ(r.exit_status, 0) << value << describe(r);
    EXPECT_EQ(r.out, normal) << value;
  }
}

TEST(Environment, WeftStackSizeSetsTheSizeOfEveryStack) {
  const environment large = {{"WEFT_STACK_SIZE", "33554432"}};
  EXPECT_EQ(output_of("recurse_in_main", 0, large), "depth 10000\n");
  EXPECT_EQ(output_of("recurse_in_goroutine", 0, large), "depth 10000\n");
  const auto r = run_case("recurse_in_goroutine", {{"WEFT_STACK_SIZE", "131072"}});
  EXPECT_GT(r.exit_status, 0) << describe(r);
  EXPECT_TRUE(r.err.starts_with("runtime: goroutine stack exceeds 131072-byte limit\n"))
      << describe(r);
  EXPECT_NE(r.err.find("fatal error: stack overflow"), std::string::npos) << describe(r);
}

TEST(Options, SayTheProcessorsAndTheStackSize) {
  EXPECT_EQ(output_of("options_procs"), "procs 3\n");
  EXPECT_EQ(output_of("options_stack_size"), "depth 10000\n");
}

TEST(Process, TheResultOfRunMayBeItsExitStatus) {
  EXPECT_EQ(output_of("result_is_exit_status", 7), "");
}

TEST(Process, ExitInAGoroutineEndsIt) { EXPECT_EQ(output_of("exit_in_goroutine", 3), ""); }

TEST(Process, WhenMainReturnsTheOthersAreLeftAlone) {
  EXPECT_EQ(output_of("main_returns_others_blocked", 4), "main returns\n");
}

TEST(Process, StaticObjectsMayUseWeftWhileItEnds) {
  EXPECT_EQ(output_of("static_objects_use_weft"), "at exit 5\n");
}

}  // namespace
}  // namespace weft_test
