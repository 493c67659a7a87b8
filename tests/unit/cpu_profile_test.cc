// SPDX-License-Identifier: Apache-2.0
// The CPU profile: who used the time, under which labels, and who may ask for it.
#include <weft/debug.h>
#include <weft/weft.h>

#include <unistd.h>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include "support/profile_reader.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

struct temporary_file {
  std::string path = "cpu_profile_test." + std::to_string(getpid()) + ".pb.gz";
  ~temporary_file() { unlink(path.c_str()); }
  read_profile read() const {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    return read_profile(std::move(all).str());
  }
};

std::int64_t thread_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// Uses this much of its thread's CPU time, however long that takes.
void burn(std::int64_t ns) {
  const std::int64_t end = thread_ns() + ns;
  for (unsigned x = 1; thread_ns() < end;)
    for (int i = 0; i < 20000; ++i) asm volatile("" : "+r"(x));
}

// The number keeps the compiler from making one function of them all.
[[gnu::noinline]] void burns_as_red(std::int64_t ns) {
  burn(ns);
  asm volatile("# 1");
}
[[gnu::noinline]] void burns_as_blue(std::int64_t ns) {
  burn(ns);
  asm volatile("# 2");
}
class CpuProfile : public with_procs {};
WEFT_INSTANTIATE_PROCS(CpuProfile);

// F13: labels stay with their goroutine, however often it is switched.
TEST_P(CpuProfile, TimeIsCountedUnderTheRightLabels) {
  temporary_file file;
  weft::debug::start_cpu_profile(file.path);
  std::atomic<std::int64_t> red = 0;
  std::atomic<std::int64_t> blue = 0;
  run([&] {
    crew all;
    for (int i = 0; i < 4; ++i) {
      all.go([&, i] {
        weft::debug::set_labels({{"colour", i % 2 == 0 ? "red" : "blue"}});
        for (int k = 0; k < 100; ++k) {
          const std::int64_t begin = thread_ns();
          (i % 2 == 0 ? burns_as_red : burns_as_blue)(1'000'000);
          (i % 2 == 0 ? red : blue) += thread_ns() - begin;
          weft::yield();
        }
      });
    }
    all.join();
  });
  weft::debug::stop_cpu_profile();
  const read_profile p = file.read();
  EXPECT_EQ(p.types, (std::vector<std::string>{"samples/count", "cpu/nanoseconds"}));
  EXPECT_EQ(p.period_type, "cpu/nanoseconds");
  EXPECT_EQ(p.period, 10'000'000);
  EXPECT_GT(p.duration_ns, 0);
  std::int64_t right = 0;
  for (const read_sample& s : p.samples) {
    EXPECT_EQ(s.values[1], s.values[0] * 10'000'000);
    auto colour = s.labels.find("colour");
    if (colour == s.labels.end()) continue;
    EXPECT_FALSE(s.calls("burns_as_red") && colour->second != "red");
    EXPECT_FALSE(s.calls("burns_as_blue") && colour->second != "blue");
    if (s.calls("burns_as_")) right += s.values[1];
  }
  // 200 ms of each, in periods of 10 ms that begin anywhere: far from these bounds by chance.
  const std::int64_t sum = p.sum("burns_as_red", 1) + p.sum("burns_as_blue", 1);
  EXPECT_GT(sum, (red + blue) / 2);
  EXPECT_LT(sum, (red + blue) * 3 / 2);
  EXPECT_GT(right, sum * 9 / 10);
}

[[gnu::noinline]] void burns_on_a_thread(std::int64_t ns) {
  burn(ns);
  asm volatile("# 3");
}

// Plain threads, those too that start meanwhile. When the recorder looks for new ones is for the
// system to say; so is whether a thread runs at any of the kernel's ticks, where CPU time is
// looked at: on a busy machine others may get them all.
TEST(CpuProfiles, PlainThreadsAreFound) {
  EXPECT_TRUE(eventually([] {
    temporary_file file;
    weft::debug::start_cpu_profile(file.path);
    std::thread([] { burns_on_a_thread(150'000'000); }).join();
    weft::debug::stop_cpu_profile();
    const read_profile p = file.read();
    const read_sample* found = p.find("burns_on_a_thread");
    EXPECT_TRUE(found == nullptr || found->labels.empty());
    return found != nullptr;
  }));
}

TEST(CpuProfiles, OneAtATime) {
  temporary_file file;
  weft::debug::start_cpu_profile(file.path);
  try {
    weft::debug::start_cpu_profile(file.path);
    ADD_FAILURE() << "a second one started";
  } catch (const std::system_error& e) {
    EXPECT_EQ(std::string(e.what()).rfind("cpu profiling already in use", 0), 0U) << e.what();
  }
  weft::debug::server server = weft::debug::serve("127.0.0.1:0");
  weft::debug::stop_cpu_profile();
  weft::debug::stop_cpu_profile();  // nothing to stop
  file.read();
  server.stop();
}

TEST(CpuProfiles, AFileThatCannotBeWrittenIsAnErrorAtOnce) {
  EXPECT_THROW(weft::debug::start_cpu_profile("/nonexistent/file"), std::system_error);
  temporary_file file;  // and leaves nothing behind
  weft::debug::start_cpu_profile(file.path);
  weft::debug::stop_cpu_profile();
}

TEST(CpuProfiles, AHandlerOfTheProgramsOwnIsLeftAlone) {
  struct sigaction ours{};
  struct sigaction before{};
  ours.sa_handler = [](int) {};
  sigaction(SIGPROF, &ours, &before);
  temporary_file file;
  EXPECT_THROW(weft::debug::start_cpu_profile(file.path), std::system_error);
  sigaction(SIGPROF, &before, nullptr);
  weft::debug::start_cpu_profile(file.path);
  weft::debug::stop_cpu_profile();
}

// Stacks are unwound in the middle of switches, prologues and system calls.
TEST_P(CpuProfile, SwitchesAreInterruptedSafely) {
  temporary_file file;
  weft::debug::start_cpu_profile(file.path);
  run([] {
    crew all;
    const auto c = weft::make_chan<int>();
    for (int i = 0; i < 4; ++i) {
      all.go([=] {
        for (int k = 0; k < scaled(100'000); ++k) i % 2 == 0 ? c.send(k) : void(c.recv());
      });
    }
    all.join();
  });
  weft::debug::stop_cpu_profile();
  file.read();
}

}  // namespace
}  // namespace weft_test
