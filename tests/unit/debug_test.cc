// SPDX-License-Identifier: Apache-2.0
// The goroutine dump of a healthy process: headers, reasons, names, frames.
#include <weft/chan.h>
#include <weft/debug.h>
#include <weft/mutex.h>
#include <weft/select.h>

#include <regex>
#include <sstream>

#include "support/parked.h"

namespace weft_test {
namespace {

class Debug : public with_procs {};
WEFT_INSTANTIATE_PROCS(Debug);

std::string dump() {
  std::ostringstream out;
  weft::debug::dump_goroutines(out);
  return std::move(out).str();
}

TEST_P(Debug, EveryWaitReasonHasGosWords) {
  run([] {
    const auto c = weft::make_chan<int>();
    const auto stop = weft::make_chan<void>();
    weft::mutex m;
    weft::wait_group wg;
    wg.add(1);
    m.lock();
    crew all;
    all.go([=] { static_cast<void>(c.recv()); });
    all.go([&] { weft::select(weft::on_recv(weft::make_chan<int>()), weft::on_recv(stop)); });
    all.go([&] { m.lock(); });
    all.go([&] { wg.wait(); });
    const auto d = weft::make_chan<int>();
    all.go([=] { d.send(1); });
    for (const char* reason :
         {"chan receive", "chan send", "select", "sync.Mutex.Lock", "sync.WaitGroup.Wait"}) {
      EXPECT_TRUE(await_waiting(1, reason)) << reason << "\n" << dump();
    }
    c.close();
    stop.close();
    m.unlock();
    wg.done();
    EXPECT_EQ(d.recv(), 1);
    all.join();
    m.unlock();
  });
}

TEST_P(Debug, ASleeperIsShownAsSleep) {
  run([] {
    crew all;
    std::atomic<bool> over = false;
    all.go([&] {
      while (!over) weft::sleep_for(50ms);
    });
    EXPECT_TRUE(await_waiting(1, "sleep"));
    over = true;
  });
}

TEST_P(Debug, HeadersHaveGosFormat) {
  run([] {
    const auto stop = weft::make_chan<void>();
    crew all;
    for (int i = 0; i < 5; ++i) {
      all.go([=] { static_cast<void>(stop.recv()); });
    }
    EXPECT_TRUE(await_waiting(5, "chan receive"));
    const std::string text = dump();
    const std::regex header(R"(^goroutine [0-9]+.* \[[a-z].*\]:$)");
    std::istringstream lines(text);
    int headers = 0;
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("goroutine ")) continue;
      ++headers;
      EXPECT_TRUE(std::regex_match(line, header)) << line;
    }
    EXPECT_EQ(headers, 6) << text;
    EXPECT_NE(text.find("[running]"), std::string::npos) << text;
    stop.close();
  });
}

TEST_P(Debug, NamesAreShown) {
  run([] {
    const auto stop = weft::make_chan<void>();
    weft::go({.name = "indexer-of-things"}, [=] { static_cast<void>(stop.recv()); });
    EXPECT_TRUE(await_waiting(1, "chan receive"));
    EXPECT_NE(dump().find("indexer-of-things"), std::string::npos) << dump();
    stop.close();
  });
}

TEST_P(Debug, MayBeAskedForWhileGoroutinesComeAndGo) {
  run([] {
    std::atomic<bool> over = false;
    crew all;
    for (int i = 0; i < 2; ++i) {
      all.go([&] {
        while (!over) {
          weft::wait_group wg;
          for (int k = 0; k < 5; ++k) {
            wg.go([] { weft::yield(); });
          }
          wg.wait();
        }
      });
    }
    for (int i = 0; i < 20; ++i) EXPECT_NE(dump().find("goroutine "), std::string::npos);
    over = true;
  });
}

TEST(DebugOutside, ADumpFromAPlainThreadWorks) {
  EXPECT_EQ(dump().find("goroutine 0"), std::string::npos);
}

}  // namespace
}  // namespace weft_test
