// SPDX-License-Identifier: Apache-2.0
// Every panic of the contract, uncaught: the whole message and the status.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "support/child.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

using expected = std::tuple<const char*, const char*>;  // (case, text)
class UncaughtPanic : public testing::TestWithParam<expected> {};

TEST_P(UncaughtPanic, EndsTheProcessWithItsWholeMessage) {
  const auto& [name, text] = GetParam();
  const auto r = run_case(name);
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "") << "went on";
  const std::string start = std::string("panic: ") + text + "\n\ngoroutine 1 [running]:\n";
  EXPECT_EQ(r.err.substr(0, start.size()), start) << describe(r);
}

constexpr const char* k_closed = "send on closed channel";
constexpr const char* k_size = "makechan: size out of range";

INSTANTIATE_TEST_SUITE_P(
    Misuse, UncaughtPanic,
    testing::Values(
        expected{"panic_main", k_closed}, expected{"panic_try_send", k_closed},
        expected{"panic_send_with_context", k_closed}, expected{"panic_select_send", k_closed},
        expected{"panic_parked_sender", k_closed}, expected{"panic_parked_select_sender", k_closed},
        expected{"panic_close_of_closed", "close of closed channel"},
        expected{"panic_close_of_nil", "close of nil channel"},
        expected{"panic_size_of_channel", k_size},
        expected{"panic_size_of_channel_negative", k_size},
        expected{"panic_too_many_cases", "reflect.Select: too many cases (max 65536)"},
        expected{"panic_two_defaults", "reflect.Select: multiple default cases"},
        expected{"panic_negative_counter", "sync: negative WaitGroup counter"},
        expected{"panic_reused_wait_group",
                 "sync: WaitGroup is reused before previous Wait has returned"},
        expected{"panic_timer_stop", "time: Stop called on uninitialized Timer"},
        expected{"panic_timer_reset", "time: Reset called on uninitialized Timer"},
        expected{"panic_ticker_reset_of_zero", "time: Reset called on uninitialized Ticker"},
        expected{"panic_new_ticker", "non-positive interval for NewTicker"},
        expected{"panic_ticker_reset", "non-positive interval for Ticker.Reset"},
        expected{"panic_nil_parent", "cannot create context from nil parent"},
        expected{"panic_nil_context", "invalid memory address or nil pointer dereference"},
        expected{"panic_semaphore_release", "semaphore: released more than held"},
        expected{"panic_semaphore_negative", "semaphore: negative weight"},
        expected{"panic_group_limit",
                 "errgroup: modify limit while goroutines in the group are still active"}),
    [](const auto& test) { return std::string(std::get<0>(test.param)); });

// R02
TEST(Deadlock, IsReportedBeforeMainToo) {
  const auto r = run_case("deadlock_before_main");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "");
  EXPECT_TRUE(
      r.err.starts_with("fatal error: all goroutines are asleep - deadlock!\n\n"
                        "goroutine 1 [chan receive]:\n"))
      << describe(r);
}

// R31
TEST(ThreadExhaustion, EndsTheProcessAtTenThousandThreads) {
  if (k_sanitized) GTEST_SKIP() << "too many threads for a sanitizer";
  const auto r = run_case("too_many_blocked_threads");
  if (r.out == "refused\n") GTEST_SKIP() << "this machine has no ten thousand threads to give";
  EXPECT_EQ(r.exit_status, 2) << describe(r).substr(0, 2000);
  const std::string start =
      "runtime: program exceeds 10000-thread limit\nfatal error: thread exhaustion\n";
  EXPECT_EQ(r.err.substr(0, start.size()), start);
}

}  // namespace
}  // namespace weft_test
