// SPDX-License-Identifier: Apache-2.0
// What leak_guard prints when it has no handler, and what the lock reports print.
#include <gtest/gtest.h>

#include <weft/debug.h>

#include "support/child.h"

namespace weft_test {
namespace {

TEST(LeakReport, AGuardWithoutHandlerPrintsAndEndsTheProcess) {
  const auto r = run_case("leak_guard_without_handler");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_EQ(r.out, "scope ends\n");
  EXPECT_TRUE(r.err.starts_with("weft: goroutines have leaked\n\n1 goroutine ")) << describe(r);
  EXPECT_NE(r.err.find("[chan send, name: orphan]:\n"), std::string::npos) << describe(r);
  EXPECT_TRUE(has_frame(r.err, "sends_to_nobody_left")) << describe(r);
  EXPECT_NE(r.err.find("waits for chan 0x"), std::string::npos) << describe(r);
}

TEST(LeakReport, ANilChannelIsCertain) {
  const auto r = run_case("leak_guard_nil_channel");
  EXPECT_EQ(r.exit_status, 2) << describe(r);
  EXPECT_TRUE(r.err.starts_with("weft: goroutines have leaked\n\n1 goroutine can never go on:\n\n"))
      << describe(r);
  EXPECT_NE(r.err.find("[chan receive (nil chan), name: never]:\n"), std::string::npos)
      << describe(r);
}

TEST(LockReport, TwoOrdersAreToldInTheCheckedBuildAlone) {
  const auto r = run_case("lock_orders");
  EXPECT_EQ(r.exit_status, 0) << describe(r);
  EXPECT_EQ(r.out, "survived\n");
#if WEFT_ASSERT_LEVEL >= 3
  EXPECT_TRUE(r.err.starts_with("weft: locks are taken in orders that can deadlock:\n\n"))
      << describe(r);
  EXPECT_TRUE(has_frame(r.err, "locks_both")) << describe(r);
#else
  EXPECT_EQ(r.err, "");
#endif
}

TEST(LockReport, AStandardMutexAcrossAParkIsToldInTheCheckedBuildAlone) {
  const auto r = run_case("foreign_lock");
  EXPECT_EQ(r.exit_status, 0) << describe(r);
  EXPECT_EQ(r.out, "survived\n");
#if WEFT_ASSERT_LEVEL >= 3 && !WEFT_RACE && !WEFT_HAS_ASAN
  EXPECT_TRUE(
      r.err.starts_with("weft: goroutine 1 parks (sleep) while it holds a mutex of the C++ "
                        "standard library or of pthreads, 0x"))
      << describe(r);
  EXPECT_TRUE(has_frame(r.err, "sleeps_with_lock")) << describe(r);
#else
  EXPECT_EQ(r.err, "");
#endif
}

}  // namespace
}  // namespace weft_test
