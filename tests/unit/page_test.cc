// SPDX-License-Identifier: Apache-2.0
// What the live page says of data that is known: its judgement, and its JSON.
#include <weft/chan.h>
#include <weft/mutex.h>
#include <gtest/gtest.h>

#include <mutex>

#include "debug/page_data.h"
#include "support/parked.h"

namespace weft::debug {
namespace {

using detail::wait_reason;
using testing::Test;

constexpr std::int64_t k_second = 1'000'000'000;

page_data calm() {
  page_data d;
  d.procs = 2;
  d.goroutines = 100;
  return d;
}

page_wait waits(wait_reason why, std::uint64_t n, std::int64_t oldest, std::int64_t newest) {
  page_wait w;
  w.why = why;
  w.place = "work() main.cc:7";
  w.site = "main() main.cc:3";
  w.count = n;
  w.oldest_ns = oldest;
  w.newest_ns = newest;
  w.by_age = {n / 4, n / 4, n / 4, n / 4};
  return w;
}

std::string first_title(const page_data& d) { return judge(d).at(0).title; }
page_level first_level(const page_data& d) { return judge(d).at(0).level; }

TEST(Page, OfACalmProgramItSaysSo) {
  EXPECT_EQ(first_title(calm()), "Nothing looks wrong");
  EXPECT_EQ(first_level(calm()), page_level::good);
}

TEST(Page, AFewIdleWorkersAreNoLeak) {
  page_data d = calm();
  d.waits = {waits(wait_reason::chan_receive, 8, 60 * k_second, k_second)};
  EXPECT_EQ(first_level(d), page_level::good);
}

TEST(Page, ManyOfTheSameAgeAreNoLeak) {
  page_data d = calm();
  d.waits = {waits(wait_reason::chan_receive, 80, 60 * k_second, 59 * k_second)};
  d.waits[0].by_age = {0, 0, 0, 80};
  EXPECT_EQ(first_level(d), page_level::good);
}

TEST(Page, GoroutinesThatPileUpAreALeak) {
  page_data d = calm();
  d.waits = {waits(wait_reason::chan_receive, 80, 40 * k_second, k_second / 10)};
  page_finding f = judge(d).at(0);
  EXPECT_EQ(f.level, page_level::bad);
  EXPECT_EQ(f.title, "Goroutines pile up: 80 wait at work() main.cc:7");
  EXPECT_NE(f.detail.find("about 2.0 more come every second"), std::string::npos) << f.detail;
}

TEST(Page, SleepersAreNone) {
  page_data d = calm();
  d.waits = {waits(wait_reason::sleep, 80, 40 * k_second, 0)};
  EXPECT_EQ(first_level(d), page_level::good);
}

TEST(Page, ManyAtOneLockMakeItHot) {
  page_data d = calm();
  d.waits = {waits(wait_reason::mutex_lock, 14, k_second / 100, 0)};
  d.contention = {{"unlocks() main.cc:9", 100, 3 * k_second}};
  page_finding f = judge(d).at(0);
  EXPECT_EQ(f.title, "A hot lock, taken at work() main.cc:7");
  EXPECT_NE(f.detail.find("unlocks() main.cc:9"), std::string::npos) << f.detail;
}

TEST(Page, LongWaitsForLocksInTwoPlacesLookLikeADeadlock) {
  page_data d = calm();
  d.waits = {waits(wait_reason::mutex_lock, 1, 9 * k_second, 9 * k_second),
             waits(wait_reason::mutex_lock, 1, 9 * k_second, 9 * k_second)};
  EXPECT_EQ(first_title(d), "Deadlock, it seems: 2 goroutines have waited for locks for 9.0 s");
  d.waits.pop_back();
  EXPECT_EQ(first_title(d), "A lock is not let go: 1 goroutine has waited for it for 9.0 s");
}

TEST(Page, WhoLocksTwiceWaitsForItself) {
  page_data d = calm();
  d.rings = {{5, "twice() main.cc:1", "the mutex", 5}};
  EXPECT_EQ(first_title(d), "Deadlock: 1 goroutine waits for itself");
}

TEST(Page, ACycleIsADeadlockForSure) {
  page_data d = calm();
  d.rings = {{5, "other() main.cc:1", "the mutex", 6},
             {7, "one() main.cc:2", "the mutex", 8},
             {8, "two() main.cc:4", "the mutex", 7}};
  page_finding f = judge(d).at(0);
  EXPECT_EQ(f.title, "Deadlock: 2 goroutines wait for each other");
  EXPECT_NE(f.detail.find("goroutine 7 at one() main.cc:2"), std::string::npos);
  EXPECT_EQ(f.detail.find("other()"), std::string::npos);
}

TEST(Page, ManyRunnableGoroutinesAreAWarning) {
  page_data d = calm();
  d.states = {{"runnable", 90}};
  EXPECT_EQ(first_level(d), page_level::warning);
}

TEST(Page, JsonEscapesWhatItMust) {
  page_data d = calm();
  d.program = "a\"b\\c\n";
  d.findings = judge(d);
  std::string json = to_json(d);
  EXPECT_NE(json.find("\"program\":\"a\\\"b\\\\c\\u000a\""), std::string::npos) << json;
}

}  // namespace
}  // namespace weft::debug

// What stands in weft's namespace is not taken for the program's own.
namespace weft_test {
namespace {

using weft::debug::page_count;
using weft::debug::page_data;
using weft::debug::page_object;
using weft::debug::page_site;
using weft::debug::page_waiters;

class PageOfALiveProgram : public with_procs {};

TEST_P(PageOfALiveProgram, CountsItsGoroutines) {
  run([] {
    crew crew;
    auto c = weft::make_chan<int>();
    for (int i = 0; i < 30; ++i) crew.go([c]() mutable { c.recv(); });
    page_data d;
    weft::blocking([&] { d = weft::debug::collect_page(); });
    std::uint64_t receiving = 0;
    std::uint64_t all = 0;
    for (const page_count& s : d.states) {
      all += s.count;
      if (s.what == "chan receive") receiving = s.count;
    }
    EXPECT_GE(receiving, 1U);
    EXPECT_LE(receiving, 30U);
    EXPECT_GE(d.goroutines, 31U);
    EXPECT_GE(all, 25U);
    EXPECT_GE(d.processors.size(), 1U);
    EXPECT_FALSE(d.findings.empty());
    bool has_site = false;
    for (const page_site& s : d.sites) has_site |= s.place.rfind("crew", 0) == 0;
    EXPECT_TRUE(has_site);
    c.close();
  });
}

// The row of what `reason` waits for; an empty one if there is none.
page_object waited_for(const page_data& d, const std::string& reason) {
  for (const page_object& o : d.graph)
    for (const page_waiters& w : o.waiters)
      if (w.reason == reason) return o;
  return {};
}

TEST_P(PageOfALiveProgram, SaysWhoWaitsForWhatAndWhoHasIt) {
  run([] {
    crew crew;
    auto jobs = weft::make_chan<int>();
    auto door = weft::make_chan<int>();
    weft::mutex guard;
    crew.go([&] {
      std::scoped_lock hold(guard);
      static_cast<void>(door.recv());
    });
    ASSERT_TRUE(await_waiting(1, "chan receive"));
    for (int i = 0; i < 3; ++i) crew.go([&] { std::scoped_lock hold(guard); });
    for (int i = 0; i < 5; ++i) crew.go([jobs] { static_cast<void>(jobs.recv()); });
    ASSERT_TRUE(await_waiting(3, "sync.Mutex.Lock"));
    ASSERT_TRUE(await_waiting(6, "chan receive"));
    page_data d;
    weft::blocking([&] { d = weft::debug::collect_page(); });
    page_object lock = waited_for(d, "sync.Mutex.Lock");
    EXPECT_TRUE(lock.is_lock);
    EXPECT_FALSE(lock.on_ring);
    EXPECT_EQ(lock.waiting, 3U);
    EXPECT_EQ(lock.what.rfind("mutex 0x", 0), 0U) << lock.what;
    EXPECT_NE(lock.holder, 0U);
    EXPECT_EQ(lock.holder_state, "chan receive");
    // In the race build the line may be that of what the lambda was inlined into.
    if (!WEFT_RACE) {
      EXPECT_NE(lock.holder_place.find("page_test.cc"), std::string::npos) << lock.holder_place;
    }
    std::uint64_t receiving = 0;
    for (const page_object& o : d.graph)
      if (!o.is_lock && o.what.rfind("chan 0x", 0) == 0) receiving += o.waiting;
    EXPECT_EQ(receiving, 6U);
    EXPECT_TRUE(d.rings.empty());
    door.close();
    jobs.close();
    crew.join();
  });
}

WEFT_INSTANTIATE_PROCS(PageOfALiveProgram);

}  // namespace
}  // namespace weft_test
