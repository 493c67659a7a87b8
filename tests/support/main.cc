// SPDX-License-Identifier: Apache-2.0
// main of every test binary: GoogleTest with a watchdog, so that a hang shows its name and the
// goroutines instead of a time-out without a word.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>

#include "support/with_procs.h"

namespace weft_test {
namespace {

using std::chrono::steady_clock;

// How long one test may take; WEFT_TEST_LIMIT sets it, in seconds.
std::chrono::seconds test_limit() {
  if (const char* given = std::getenv("WEFT_TEST_LIMIT")) {
    return std::chrono::seconds(std::strtol(given, nullptr, 10));
  }
  return std::chrono::seconds(k_sanitized ? 600 : 120);
}

class watchdog : public testing::EmptyTestEventListener {
 public:
  watchdog() : thread_([this] { watch(); }) {}
  ~watchdog() override {
    {
      const std::lock_guard hold(mutex_);
      over_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void OnTestStart(const testing::TestInfo& info) override { set(full_name(info)); }
  void OnTestEnd(const testing::TestInfo&) override { set({}); }

 private:
  static std::string full_name(const testing::TestInfo& info) {
    return std::string(info.test_suite_name()) + "." + info.name();
  }

  void set(std::string name) {
    const std::lock_guard hold(mutex_);
    name_ = std::move(name);
    started_ = steady_clock::now();
  }

  void watch() {
    std::unique_lock hold(mutex_);
    while (!over_) {
      wake_.wait_for(hold, std::chrono::milliseconds(500));
      if (name_.empty() || steady_clock::now() - started_ < limit_) continue;
      std::fprintf(stderr, "\nwatchdog: %s has not ended in time; goroutines:\n", name_.c_str());
      std::fflush(stderr);
      kill(getpid(), SIGQUIT);
      wake_.wait_for(hold, std::chrono::seconds(20));
      std::abort();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string name_;
  steady_clock::time_point started_;
  const std::chrono::seconds limit_ = test_limit();
  bool over_ = false;
  std::thread thread_;
};

}  // namespace

int scaled(int n) {
  static const int divisor = [] {
    int d = k_sanitized ? 10 : 1;
    if (std::getenv("WEFT_DEBUG") != nullptr) d *= 4;
    if (std::getenv("WEFT_TEST_QUICK") != nullptr) d *= 10;
    return d;
  }();
  return std::max(n / divisor, std::min(n, 3));
}

std::uint64_t seed() {
  static const std::uint64_t value = [] {
    if (const char* given = std::getenv("WEFT_TEST_SEED")) return std::strtoull(given, nullptr, 0);
    std::random_device fresh;
    return (static_cast<unsigned long long>(fresh()) << 32) | fresh();
  }();
  return value;
}

std::chrono::nanoseconds cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t os_threads() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::size_t n = 0;
    if (word == "Threads:" && status >> n) return n;
  }
  return 0;
}

void procs_fixture::TearDown() {
  // A goroutine counts until its last frame is gone, a moment after its last effect is seen.
  const auto give_up = steady_clock::now() + std::chrono::seconds(k_sanitized ? 180 : 60);
  while (weft::num_goroutines() != 0 && steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  EXPECT_EQ(weft::num_goroutines(), 0U) << "goroutines left behind";
  weft::set_procs(previous_);
}

}  // namespace weft_test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::UnitTest::GetInstance()->listeners().Append(new weft_test::watchdog);
  std::printf("WEFT_TEST_SEED=%llu\n", static_cast<unsigned long long>(weft_test::seed()));
  return RUN_ALL_TESTS();
}
