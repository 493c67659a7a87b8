// SPDX-License-Identifier: Apache-2.0
// The execution trace: what was recorded is complete, in order, and says who woke whom.
#include <weft/chan.h>
#include <weft/debug.h>
#include <weft/mutex.h>
#include <weft/time.h>

#include <sstream>
#include <stdexcept>
#include <system_error>

#include "support/perfetto_reading.h"
#include "support/with_procs.h"

using namespace std::chrono_literals;
using weft_test::event_type;
using weft_test::perfetto_trace;
using weft_test::trace_event;

namespace {

class Trace : public weft_test::with_procs {
 protected:
  // The trace of f, run as a goroutine.
  template <class F>
  perfetto_trace traced(F&& f, weft::debug::trace_options options = {}) {
    std::ostringstream out;
    run([&] {
      weft::debug::start_trace(options);
      f();
      summary_ = weft::debug::stop_trace(out);
    });
    perfetto_trace t(out.str());
    EXPECT_EQ(t.flaw(), "");
    return t;
  }
  weft::debug::trace_summary summary_;
};

std::vector<std::string> slices(const perfetto_trace& t, std::uint64_t track) {
  std::vector<std::string> names;
  for (const trace_event& e : t.on(track))
    if (e.type == event_type::begin) names.push_back(e.name);
  return names;
}

bool has(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

TEST_P(Trace, AGoroutineIsSeenFromItsCreationToItsEnd) {
  perfetto_trace t = traced([] {
    weft::wait_group wg;
    wg.add(1);
    weft::go(weft::go_options{.name = "short-lived"}, [&] { wg.done(); });
    wg.wait();
  });
  std::uint64_t lane = t.track("short-lived");
  ASSERT_NE(lane, 0U);
  EXPECT_EQ(slices(t, lane), (std::vector<std::string>{"runnable", "running"}));
  EXPECT_EQ(t.count("starts"), 1U);
  EXPECT_EQ(summary_.dropped, 0U);
  EXPECT_GT(summary_.events, 3U);
}

TEST_P(Trace, AWaitShowsItsReasonAndWhoEndedIt) {
  perfetto_trace t = traced([] {
    auto c = weft::make_chan<int>();
    weft_test::crew crew;
    weft::go(weft::go_options{.name = "receiver"}, [c]() mutable {
      while (c.recv()) {
      }
    });
    weft::go(weft::go_options{.name = "sender"}, [c]() mutable {
      for (int i = 0; i < 10; ++i) {
        weft::sleep_for(100us);
        c.send(i);
      }
      c.close();
    });
    ASSERT_TRUE(weft_test::eventually([] { return weft::num_goroutines() == 1; }));
  });
  std::uint64_t receiver = t.track(": receiver");
  std::uint64_t sender = t.track(": sender");
  ASSERT_NE(receiver, 0U);
  ASSERT_NE(sender, 0U);
  EXPECT_TRUE(has(slices(t, receiver), "chan receive"));
  EXPECT_TRUE(has(slices(t, sender), "sleep"));
  EXPECT_GT(t.count("timer"), 0U);
  EXPECT_GT(t.count("timer wakes"), 0U);
  // Every arrow into the receiver comes from the sender, but for its creation's.
  std::map<std::uint64_t, std::uint64_t> from;
  for (const trace_event& e : t.events)
    if (e.flow_from != 0 && e.name == "wakes") from[e.flow_from] = e.track;
  std::size_t wakes = 0;
  for (const trace_event& e : t.on(receiver)) {
    if (e.flow_to == 0 || from.count(e.flow_to) == 0) continue;
    EXPECT_EQ(from[e.flow_to], sender);
    ++wakes;
  }
  EXPECT_GE(wakes, 1U);
}

TEST_P(Trace, EveryGoroutineIsThereAndRunsOnProcessorsOneAtATime) {
  constexpr int k_goroutines = 200;
  perfetto_trace t = traced([] {
    weft_test::crew crew;
    weft::mutex m;
    int n = 0;
    for (int i = 0; i < k_goroutines; ++i) {
      crew.go([&] {
        std::scoped_lock hold(m);
        ++n;
        weft::yield();
      });
    }
  });
  std::size_t lanes = 0;
  for (const auto& [id, track] : t.tracks) {
    if (track.name.find(": crew") == std::string::npos) continue;
    ++lanes;
    EXPECT_TRUE(has(slices(t, id), "running")) << track.name;
  }
  EXPECT_EQ(lanes, static_cast<std::size_t>(k_goroutines));
  std::uint64_t processors = t.track("processors");
  std::size_t busy = 0;
  for (const auto& [id, track] : t.tracks) {
    if (track.parent != processors) continue;
    int depth = 0;
    for (const trace_event& e : t.on(id)) {
      if (e.name == "stuck" || e.type == event_type::instant) continue;
      depth += e.type == event_type::begin ? 1 : e.type == event_type::end ? -1 : 0;
      EXPECT_LE(depth, 2) << track.name;  // a goroutine, and perhaps a stuck stretch
    }
    busy += t.on(id).empty() ? 0 : 1;
  }
  EXPECT_GE(busy, 1U);
}

TEST_P(Trace, RegionsNestAndTasksAndMessagesHaveTheirLanes) {
  perfetto_trace t = traced([] {
    weft::debug::trace_task task("checkout");
    weft::debug::trace_region outer(task, "outer region");
    {
      weft::debug::trace_region inner("inner region");
      weft::sleep_for(1ms);
      weft::debug::trace_log("cart", "3 items");
    }
    task.log("payment", "accepted");
    weft::debug::trace_task part(task, "part");
  });
  std::vector<trace_event> events;
  for (const trace_event& e : t.events)
    if (e.category == "user" || e.category == "log") events.push_back(e);
  ASSERT_EQ(t.count("outer region"), 1U);
  ASSERT_EQ(t.count("inner region"), 1U);
  auto of = [&](std::string_view name) {
    return *std::find_if(events.begin(), events.end(), [&](auto& e) { return e.name == name; });
  };
  EXPECT_EQ(of("outer region").track, of("inner region").track);
  EXPECT_EQ(slices(t, of("outer region").track),
            (std::vector<std::string>{"outer region", "inner region"}));
  EXPECT_EQ(of("cart").text, "3 items");
  EXPECT_EQ(of("cart").track, of("inner region").track);
  EXPECT_EQ(of("payment").text, "accepted");
  EXPECT_EQ(of("payment").track, of("checkout").track);
  EXPECT_EQ(of("part").key, "parent task");
  EXPECT_NE(of("part").track, of("checkout").track);
}

TEST_P(Trace, BlockingCallsAndPlainThreadsAreSeen) {
  perfetto_trace t = traced([] {
    weft_test::crew crew;
    crew.go([] { weft::blocking([] { std::this_thread::sleep_for(2ms); }); });
    auto c = weft::make_chan<int>();
    std::thread plain([c]() mutable {
      weft::debug::trace_region r("in a thread");
      EXPECT_EQ(c.recv(), 7);
    });
    weft::sleep_for(2ms);
    c.send(7);
    weft::blocking([&] { plain.join(); });
  });
  EXPECT_GE(t.count("blocking call"), 1U);
  const auto* region = &t.events[0];
  for (const trace_event& e : t.events)
    if (e.name == "in a thread") region = &e;
  ASSERT_EQ(region->name, "in a thread");
  EXPECT_TRUE(t.tracks.at(region->track).thread);
}

TEST_P(Trace, WhatWaitsAllTheTimeIsThereToo) {
  std::ostringstream out;
  run([&] {
    auto c = weft::make_chan<int>();
    weft::go(weft::go_options{.name = "waits"}, [c]() mutable { c.recv(); });
    weft::sleep_for(1ms);
    weft::debug::start_trace();
    weft::yield();
    weft::debug::stop_trace(out);
    c.close();
  });
  perfetto_trace t(out.str());
  EXPECT_EQ(t.flaw(), "");
  std::uint64_t lane = t.track(": waits");
  ASSERT_NE(lane, 0U);
  std::vector<std::string> states = slices(t, lane);
  ASSERT_EQ(states.size(), 1U);
  EXPECT_EQ(states[0], "chan receive");
}

TEST_P(Trace, AFullTraceKeepsItsBeginningAndCountsTheRest) {
  perfetto_trace t = traced(
      [] {
        weft::debug::trace_log("first", "of all");
        for (int i = 0; i < 20'000; ++i) weft::debug::trace_log("many", "more");
      },
      {.max_bytes = 64 * 1024});
  EXPECT_EQ(t.count("first"), 1U);
  EXPECT_GT(t.count("many"), 100U);
  EXPECT_LT(t.count("many"), 20'000U);
  EXPECT_EQ(t.count("trace ends: memory full"), 1U);
  EXPECT_EQ(t.count("many") + summary_.dropped >= 20'000U, true)
      << t.count("many") << " written, " << summary_.dropped << " dropped";
  EXPECT_LT(summary_.dropped, 40'000U);
}

TEST_P(Trace, TheClockIsTheSteadyOne) {
  auto before = std::chrono::steady_clock::now().time_since_epoch() / 1ns;
  perfetto_trace t = traced([] { weft::yield(); });
  auto after = std::chrono::steady_clock::now().time_since_epoch() / 1ns;
  EXPECT_EQ(t.default_clock, 3U);  // BUILTIN_CLOCK_MONOTONIC
  EXPECT_EQ(t.primary_clock, 3U);
  ASSERT_EQ(t.clocks.count(1), 1U);
  ASSERT_EQ(t.clocks.count(6), 1U);
  EXPECT_GE(t.clocks[3], before);
  EXPECT_LE(t.clocks[3], after);
  for (const trace_event& e : t.events) {
    EXPECT_GE(e.time, before);
    EXPECT_LE(e.time, after);
  }
}

TEST_P(Trace, StartsAndStopsWhileGoroutinesComeAndGo) {
  run([] {
    std::atomic<bool> over{false};
    weft_test::crew crew;
    for (int i = 0; i < 4; ++i) {
      crew.go([&] {
        auto c = weft::make_chan<int>();
        while (!over.load()) {
          weft::go([c]() mutable { c.send(1); });
          c.recv();
        }
      });
    }
    std::thread plain([&] {
      auto c = weft::make_chan<int>();
      while (!over.load()) {
        weft::go([c]() mutable { c.send(1); });
        c.recv();
      }
    });
    for (int i = 0; i < weft_test::scaled(20); ++i) {
      std::ostringstream out;
      weft::debug::start_trace({.max_bytes = 1 << 20});
      weft::sleep_for(200us);
      weft::debug::stop_trace(out);
      EXPECT_EQ(perfetto_trace(out.str()).flaw(), "");
    }
    over.store(true);
    weft::blocking([&] { plain.join(); });
  });
}

TEST_P(Trace, OnlyOneAtATime) {
  run([] {
    EXPECT_FALSE(weft::debug::tracing());
    std::ostringstream out;
    EXPECT_THROW(weft::debug::stop_trace(out), std::logic_error);
    weft::debug::start_trace();
    EXPECT_TRUE(weft::debug::tracing());
    EXPECT_THROW(weft::debug::start_trace(), std::system_error);
    EXPECT_THROW(weft::debug::stop_trace("/nowhere/at/all"), std::system_error);
    EXPECT_FALSE(weft::debug::tracing());
  });
}

WEFT_INSTANTIATE_PROCS(Trace);

}  // namespace
