// SPDX-License-Identifier: Apache-2.0
// Misuse of the locks and of what is built like them: status and whole message.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "support/child.h"

namespace weft_test {
namespace {

// (case, first lines, a function of the dump)
using expected = std::tuple<const char*, const char*, const char*>;
class SyncMisuse : public testing::TestWithParam<expected> {};

TEST_P(SyncMisuse, EndsTheProcessWithItsWholeMessage) {
  const auto& [name, start, function] = GetParam();
  const auto r = run_case(name);
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "") << "went on";
  EXPECT_TRUE(r.err.starts_with(start)) << describe(r);
  if (*function != '\0') {
    EXPECT_TRUE(has_frame(r.err, function)) << describe(r);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Misuse, SyncMisuse,
    testing::Values(
        expected{"once_within_itself",
                 "fatal error: all goroutines are asleep - deadlock!\n\n"
                 "goroutine 1 [sync.Mutex.Lock]:\n",
                 "calls_once_again"},
        expected{"once_func_that_throws", "panic: ", ""},
        expected{"once_func_after_exit",
                 "panic: sync: the function of once_func or once_value exited its goroutine\n\n"
                 "goroutine 1 [running]:\n",
                 ""},
        expected{"wait_without_notifier",
                 "fatal error: all goroutines are asleep - deadlock!\n\n"
                 "goroutine 1 [sync.Cond.Wait]:\n",
                 "waits_for_a_notification"}),
    [](const auto& test) { return std::string(std::get<0>(test.param)); });

}  // namespace
}  // namespace weft_test
