// SPDX-License-Identifier: Apache-2.0
// faults_test.cc: what would end the process, and what would never end, is a verdict.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <cstdlib>

namespace {

namespace check = weft::check;

int* volatile g_nowhere = nullptr;
volatile int g_zero = 0;
volatile int g_count = 0;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

// One of two goroutines does something that is wrong only if the other was first.
template <class F>
check::report after_the_other(F f) {
  return check::explore(
      [f] {
        weft::atomic<int> first = 0;
        weft::wait_group done;
        done.go([&] { first = 1; });
        done.go([&] {
          if (first == 1) f();
        });
        done.wait();
      },
      {.strategy = check::exhaustive});
}

int recurse(int n) {
  volatile char frame[256];
  frame[0] = static_cast<char>(n);
  return n == 0 ? 0 : recurse(n - 1) + frame[0];
}

// The C library aborts.
void give_back_what_is_not_on_the_heap() {
  static int word;
  void* volatile p = &word;
  std::free(p);
}

// Each level calls into the checker, too.
int recurse_and_allocate(int n) {
  auto* p = new volatile int(n);
  int sum = n == 0 ? 0 : recurse_and_allocate(n - 1) + *p;
  delete p;
  return sum;
}

TEST(Faults, OfAGoroutineAreFailuresWithASchedule) {
  struct {
    void (*f)();
    const char* text;
  } faults[] = {
      {[] { *g_nowhere = 1; },
       "panic: invalid memory address or nil pointer dereference: 0, at faults_test.cc:"},
      {[] { g_count = g_count / g_zero; }, "panic: integer divide by zero, at faults_test.cc:"},
      {[] { static_cast<void>(recurse(1 << 20)); },
       "fatal error: stack overflow: this goroutine has 256 KiB, at faults_test.cc:"},
      {[] { static_cast<void>(recurse_and_allocate(1 << 20)); },
       "fatal error: stack overflow: this goroutine has 256 KiB, at faults_test.cc:"},
      {[] { std::abort(); }, "abort() was called"},
      {[] { give_back_what_is_not_on_the_heap(); }, "abort() was called"},
      {[] { __builtin_trap(); }, "illegal instruction, or __builtin_trap(), at faults_test.cc:"},
  };
#if defined(__aarch64__)
  faults[1] = faults[0];  // a division by zero is no fault there
#endif
  for (auto& each : faults) {
    check::report r = after_the_other(each.f);
    ASSERT_EQ(r.failures.size(), 1U) << each.text << '\n' << r;
    EXPECT_TRUE(r.failures[0].what.starts_with(each.text)) << r;
    EXPECT_TRUE(says(r.text(), "atomic load #2: 1")) << r;
    check::report again = check::replay(r.schedule, [&] {
      weft::atomic<int> first = 0;
      weft::wait_group done;
      done.go([&] { first = 1; });
      done.go([&] {
        if (first == 1) each.f();
      });
      done.wait();
    });
    EXPECT_EQ(again.failures.size(), 1U) << again;
  }
}

TEST(Faults, ThatNobodyReachesAreNone) {
  check::report r = check::explore(
      [] {
        weft::wait_group done;
        done.go([] {
          if (g_zero == 1) *g_nowhere = 1;
        });
        done.wait();
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(Faults, OutsideAnExecutionEndTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static_cast<void>(check::explore([] {}));
        *g_nowhere = 1;
      },
      testing::KilledBySignal(SIGSEGV), "");
  EXPECT_EXIT(std::abort(), testing::KilledBySignal(SIGABRT), "");
}

TEST(Faults, StacksAreAsLargeAsGoIsTold) {
  check::report r = check::explore(
      [] {
        weft::wait_group done;
        done.add(2);
        weft::go([&] { done.done(); });
        weft::go({.stack_size = 8 << 20}, [&] {
          g_count = recurse(10'000);
          done.done();
        });
        done.wait();
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok() && r.complete) << r;
}

TEST(Bounds, WhoNeverComesToAnOperationIsAFailure) {
  check::report r = check::explore(
      [] {
        weft::wait_group done;
        done.go([] {
          for (;;) g_count = g_count + 1;
        });
        done.wait();
      },
      {.max_accesses = 10'000});
  ASSERT_EQ(r.failures.size(), 1U) << r;
  EXPECT_TRUE(says(r.failures[0].what,
                   "step bound: no operation after 10000 accesses to memory "
                   "(options::max_accesses), at faults_test.cc:"))
      << r;
}

TEST(Bounds, LongWorkBetweenOperationsIsNone) {
  check::report r = check::explore(
      [] {
        weft::mutex m;
        weft::wait_group done;
        for (int g = 0; g < 2; ++g) {
          done.go([&] {
            for (int i = 0; i < 9'000; i += 3'000) {
              m.lock();
              for (int k = 0; k < 3'000; ++k) g_count = k;
              m.unlock();
            }
          });
        }
        done.wait();
      },
      {.strategy = check::random, .max_executions = 5, .max_accesses = 10'000});
  EXPECT_TRUE(r.ok()) << r;
}

TEST(Bounds, APortfolioKeepsToTheNumberOfExecutions) {
  auto body = [] {
    weft::atomic<int> n = 0;
    weft::wait_group done;
    for (int i = 0; i < 7; ++i) done.go([&] { n += 1; });
    done.wait();
  };
  for (std::uint64_t most : {1U, 3U, 10U, 100U, 999U})
    EXPECT_EQ(check::explore(body, {.max_executions = most}).executions, most);
}

}  // namespace
