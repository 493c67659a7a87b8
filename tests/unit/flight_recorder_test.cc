// SPDX-License-Identifier: Apache-2.0
// The flight recorder keeps the end, in bounded memory, and writes it when asked, when a condition
// is met, and when the process dies.
#include <weft/chan.h>
#include <weft/debug.h>
#include <weft/mutex.h>
#include <weft/time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/perfetto_reading.h"
#include "support/with_procs.h"

using namespace std::chrono_literals;
using weft::debug::flight_recorder;
using weft_test::perfetto_trace;

namespace {

class FlightRecorder : public weft_test::with_procs {};

std::string file_name(const char* what) {
  return testing::TempDir() + "weft-" + std::to_string(getpid()) + "-" + what + ".pftrace";
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  std::remove(path.c_str());
  return all.str();
}

void note_round(int i) { weft::debug::trace_log("round", std::to_string(i)); }

TEST_P(FlightRecorder, KeepsTheEndWhenItsMemoryIsFull) {
  run([] {
    flight_recorder r({.max_bytes = 64 * 1024});
    r.start();
    constexpr int k_rounds = 50'000;
    for (int i = 0; i < k_rounds; ++i) note_round(i);
    std::ostringstream out;
    weft::debug::trace_summary s = r.write_to(out);
    perfetto_trace t(out.str());
    EXPECT_EQ(t.flaw(), "");
    std::vector<int> rounds;
    for (const weft_test::trace_event& e : t.events)
      if (e.name == "round") rounds.push_back(std::stoi(e.text));
    ASSERT_GT(rounds.size(), 100U);
    EXPECT_LT(rounds.size(), 4000U) << "more than fits";
    EXPECT_EQ(rounds.back(), k_rounds - 1);
    // No gaps: of what is there, all is there.
    EXPECT_EQ(rounds.back() - rounds.front() + 1, static_cast<int>(rounds.size()));
    EXPECT_LE(s.events, 4000U);
  });
}

TEST_P(FlightRecorder, CutsWhatIsOlderThanItsAge) {
  run([] {
    flight_recorder r({.min_age = 1ms});
    r.start();
    note_round(1);
    weft::sleep_for(5ms);
    note_round(2);
    std::ostringstream out;
    r.write_to(out);
    perfetto_trace t(out.str());
    for (const weft_test::trace_event& e : t.events)
      EXPECT_TRUE(e.name != "round" || e.text != "1");
  });
}

TEST_P(FlightRecorder, GoesOnAfterWritingAndBesideATrace) {
  run([] {
    flight_recorder r;
    EXPECT_FALSE(r.enabled());
    r.start();
    EXPECT_TRUE(r.enabled());
    EXPECT_FALSE(weft::debug::tracing());
    note_round(1);
    std::ostringstream first;
    r.write_to(first);
    weft::debug::start_trace({.max_bytes = 1 << 20});
    note_round(2);
    std::ostringstream whole;
    weft::debug::stop_trace(whole);
    note_round(3);
    std::ostringstream last;
    r.write_to(last);
    EXPECT_EQ(perfetto_trace(first.str()).count("round"), 1U);
    EXPECT_EQ(perfetto_trace(whole.str()).count("round"), 1U);
    EXPECT_EQ(perfetto_trace(last.str()).count("round"), 3U);
    r.stop();
    EXPECT_FALSE(r.enabled());
    EXPECT_THROW(r.write_to(last), std::logic_error);
    r.start();
    std::ostringstream again;
    r.write_to(again);
    EXPECT_EQ(perfetto_trace(again.str()).count("round"), 0U) << "remembers what it has forgotten";
  });
}

TEST_P(FlightRecorder, OnlyOneIsStarted) {
  run([] {
    flight_recorder one;
    flight_recorder other;
    one.start();
    EXPECT_THROW(other.start(), std::system_error);
    EXPECT_FALSE(other.enabled());
    one.stop();
    other.start();
    flight_recorder nowhere({.when = [] { return true; }});
    EXPECT_THROW(nowhere.start(), std::invalid_argument);
  });
}

TEST_P(FlightRecorder, WritesOnceWhenTheConditionIsMet) {
  const std::string path = file_name("condition");
  run([&] {
    std::atomic<int> failures{0};
    std::atomic<int> asked{0};
    flight_recorder r({.when =
                           [&] {
                             ++asked;
                             return failures.load() > 2;
                           },
                       .interval = 1ms,
                       .when_true = path});
    r.start();
    ASSERT_TRUE(weft_test::eventually([&] { return asked.load() > 2; }));
    EXPECT_FALSE(r.triggered());
    note_round(7);
    failures.store(3);
    ASSERT_TRUE(weft_test::eventually([&] { return r.triggered(); }));
    r.stop();
  });
  perfetto_trace t(contents(path));
  EXPECT_EQ(t.flaw(), "");
  EXPECT_EQ(t.count("round"), 1U);
}

TEST_P(FlightRecorder, ManyGoroutinesComeAndGoWhileItIsRead) {
  run([] {
    flight_recorder r({.max_bytes = 256 * 1024});
    r.start();
    std::atomic<bool> over{false};
    weft_test::crew crew;
    for (int i = 0; i < 3; ++i) {
      crew.go([&] {
        auto c = weft::make_chan<int>();
        while (!over.load()) {
          weft::go([c]() mutable { c.send(1); });
          c.recv();
        }
      });
    }
    for (int i = 0; i < weft_test::scaled(20); ++i) {
      std::ostringstream out;
      r.write_to(out);
      EXPECT_EQ(perfetto_trace(out.str()).flaw(), "");
      weft::sleep_for(100us);
    }
    over.store(true);
  });
}

WEFT_INSTANTIATE_PROCS(FlightRecorder);

void die_recording(const std::string& path) {
  weft::run([&] {
    flight_recorder r({.at_death = path});
    r.start();
    note_round(42);
    weft::mutex m;
    m.unlock();
  });
}

TEST(FlightRecorderAtDeath, TheLastSecondsAreWritten) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  // The child is a process of its own: its path must not depend on its number.
  const std::string path = testing::TempDir() + "weft-at-death.pftrace";
  EXPECT_EXIT(die_recording(path), testing::ExitedWithCode(2),
              "fatal error: sync: unlock of unlocked mutex(.|\n)*flight recorder: wrote the last");
  perfetto_trace t(contents(path));
  EXPECT_EQ(t.flaw(), "");
  EXPECT_EQ(t.count("round"), 1U);
}

}  // namespace
