// SPDX-License-Identifier: Apache-2.0
#pragma once
// with_procs: the fixture under which nearly every test runs, and the few helpers all tests share.
// A body runs as the main goroutine of weft::run at 1, 2, 4 and 8 processors; at the end nothing
// may be left running.
#include <weft/go.h>
#include <weft/panic.h>
#include <weft/time.h>
#include <weft/wait_group.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WEFT_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEFT_TEST_SANITIZED 1
#endif
#endif
#ifndef WEFT_TEST_SANITIZED
#define WEFT_TEST_SANITIZED 0
#endif

namespace weft_test {

using namespace std::chrono_literals;

inline constexpr bool k_sanitized = WEFT_TEST_SANITIZED != 0;

// Repetitions of a test: fewer where every step is slow (sanitizers, forced migration, emulation).
int scaled(int n);

// The seed of this process: WEFT_TEST_SEED, or a fresh one; printed at start.
std::uint64_t seed();

// Resident memory of this process, in bytes.
std::size_t resident_bytes();

// Processor time that all threads of this process have used.
std::chrono::nanoseconds cpu_time();

// Number of OS threads of this process.
std::size_t os_threads();

// True as soon as pred() holds; false when it did not within a minute, which only a hang takes.
template <class Pred>
bool eventually(Pred&& pred) {
  const auto give_up = std::chrono::steady_clock::now() + (k_sanitized ? 180s : 60s);
  for (int i = 0; !pred(); ++i) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    if (i < 20) {
      weft::yield();
    } else {
      weft::sleep_for(100us);
    }
  }
  return true;
}

// The text of the weft::panic that f() throws; empty when it throws none.
template <class F>
std::string panic_text(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const weft::panic& p) {
    return p.what();
  }
  return {};
}

// Goroutines started and joined together. Declare it after what its goroutines use.
class crew {
 public:
  explicit crew(std::size_t stack_size = 0) : stack_size_(stack_size) {}
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew() { join(); }

  template <class F>
  void go(F f) {
    wg_.add(1);
    weft::go(weft::go_options{.name = "crew", .stack_size = stack_size_},
             [this, f = std::move(f)]() mutable {
               f();
               wg_.done();
             });
  }
  void join() { wg_.wait(); }

 private:
  std::size_t stack_size_;
  weft::wait_group wg_;
};

class procs_fixture : public testing::Test {
 protected:
  void start(unsigned procs) { previous_ = weft::set_procs(procs); }
  void TearDown() override;

  template <class F>
  void run(F&& f) {
    weft::run(std::forward<F>(f));
  }

 private:
  unsigned previous_ = 0;
};

class with_procs : public procs_fixture, public testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override { start(GetParam()); }
};

inline std::string procs_name(const testing::TestParamInfo<unsigned>& info) {
  return "procs" + std::to_string(info.param);
}

}  // namespace weft_test

#define WEFT_INSTANTIATE_PROCS(suite) \
  INSTANTIATE_TEST_SUITE_P(Procs, suite, testing::Values(1U, 2U, 4U, 8U), weft_test::procs_name)
