// SPDX-License-Identifier: Apache-2.0
// faults_test.cc: what would end the process, and what would never end, is a verdict.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <pthread.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#undef NDEBUG  // assert() is one of the ways
#include <cassert>

namespace {

namespace check = weft::check;

int* volatile g_nowhere = nullptr;
volatile int g_zero = 0;
volatile int g_count = 0;
void (*volatile g_nothing)() = nullptr;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  std::size_t start = std::min(text.find(from), text.size());
  return text.substr(start, text.find(to, start) - start);
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
      {[] { g_nothing(); },
       "panic: invalid memory address or nil pointer dereference: 0, at faults_test.cc:"},
      {[] { reinterpret_cast<void (*)()>(g_zero + 0x12345)(); },
       "panic: invalid memory address or nil pointer dereference: 0x12345, at faults_test.cc:"},
      {[] { std::abort(); }, "abort() was called, at faults_test.cc:"},
      {[] { give_back_what_is_not_on_the_heap(); }, "abort() was called, at faults_test.cc:"},
      {[] { assert(g_zero == 1); }, "assertion `g_zero == 1' failed"},
      {[] { __builtin_trap(); }, "illegal instruction, or __builtin_trap(), at faults_test.cc:"},
  };
#if defined(__aarch64__)
  faults[1] = faults[0];  // a division by zero is no fault there
#endif
  for (auto& each : faults) {
    check::report r = after_the_other(each.f);
    ASSERT_EQ(r.failures.size(), 1U) << each.text << '\n' << r;
    EXPECT_TRUE(says(between(r.text(), "in g2:", "started by"), "at faults_test.cc:")) << r;
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

// More than what the caller keeps in its frame.
__attribute__((noinline, no_sanitize("thread"))) void write_over(volatile std::uintptr_t* frame,
                                                                 std::uintptr_t what) {
  constexpr int k_too_many = 12;
  for (int i = 0; i < k_too_many; ++i) frame[i] = what;
}
[[gnu::noinline]] void return_to(std::uintptr_t what) {
  volatile std::uintptr_t frame[2];
  write_over(frame, what);
}

// Neither frame pointers nor the unwinder lead anywhere then, or into the void.
TEST(Faults, AStackThatIsWrittenOverIsAFailure) {
  for (std::uintptr_t what :
       {std::uintptr_t{0}, std::uintptr_t{0x41414141}, ~std::uintptr_t{0} / 7}) {
    check::report r = after_the_other([what] { return_to(what); });
    ASSERT_EQ(r.failures.size(), 1U) << r;
    EXPECT_TRUE(says(r.failures[0].what, "invalid memory address") ||
                says(r.failures[0].what, "abort() was called"))
        << r;
  }
}

// Compilers see through less.
template <class E>
void throw_it(E e) {
  if (g_zero == 0) throw E(std::move(e));
}
// NOLINTNEXTLINE(bugprone-exception-escape): that it does
void out_of_noexcept() noexcept { throw_it(std::runtime_error("no luck")); }

struct throws_at_its_end {
  // NOLINTNEXTLINE(bugprone-exception-escape): that it does
  ~throws_at_its_end() noexcept(false) { throw std::logic_error("the second"); }
};
void throw_while_unwinding() {
  throws_at_its_end last;
  throw std::runtime_error("the first");
}

TEST(Faults, TerminateIsAFailureThatSaysWhy) {
  const struct {
    void (*f)();
    const char* text;
    const char* place;
  } ways[] = {
      {[] { out_of_noexcept(); },
       "std::terminate() was called: std::runtime_error left a noexcept function: no luck",
       "out_of_noexcept at faults_test.cc:"},
      {[]() noexcept { throw_it(7); }, "std::terminate() was called: int left a noexcept function",
       "faults_test.cc:"},
      {throw_while_unwinding,
       "std::terminate() was called: std::logic_error was thrown while another exception unwound "
       "the stack: the second",
       "throws_at_its_end"},
      {[] { throw; },
       "std::terminate() was called, with no exception: by a std::thread that was not joined, by "
       "throw; with nothing to throw, by a pure virtual function, or by itself",
       "faults_test.cc:"},
      {[] {
         try {
           throw std::runtime_error("no luck");
         } catch (...) {
           std::terminate();
         }
       },
       "std::terminate() was called while std::runtime_error was handled: no luck",
       "faults_test.cc:"},
  };
  for (auto& each : ways) {
    check::report r = after_the_other(each.f);
    ASSERT_EQ(r.failures.size(), 1U) << each.text << '\n' << r;
    EXPECT_EQ(r.failures[0].what, each.text) << r;
    const std::size_t who = r.failures[0].text.find("  in g2:\n      ");
    ASSERT_NE(who, std::string::npos) << r;
    EXPECT_LT(r.failures[0].text.find(each.place, who), r.failures[0].text.find("schedule:")) << r;
    EXPECT_TRUE(says(r.text(), "** FAILS **")) << r;
  }
}

// The process would end, and whoever started it would see that all is well.
TEST(Faults, AnEndOfTheProcessIsAFailure) {
  const struct {
    void (*f)();
    const char* call;
  } ways[] = {
      {[] { std::exit(0); }, "exit(0)"},
      {[] { _exit(1); }, "_exit(1)"},
      {[] { std::_Exit(2); }, "_Exit(2)"},
      {[] { std::quick_exit(3); }, "quick_exit(3)"},
      {[] { pthread_exit(nullptr); }, "pthread_exit()"},
  };
  for (auto& each : ways) {
    check::report r = after_the_other(each.f);
    ASSERT_EQ(r.failures.size(), 1U) << each.call << '\n' << r;
    EXPECT_EQ(r.failures[0].what,
              std::string("misuse: the test calls ") + each.call + ", which would end the process");
    EXPECT_TRUE(says(r.failures[0].text, "  in g2:\n      ")) << r;
    EXPECT_TRUE(says(r.failures[0].text, "at faults_test.cc:")) << r;
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
  EXPECT_EXIT(
      {
        static_cast<void>(check::explore([] {}));
        std::terminate();
      },
      testing::KilledBySignal(SIGABRT), "terminate called without an active exception");
  EXPECT_EXIT(std::exit(3), testing::ExitedWithCode(3), "");
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
