// SPDX-License-Identifier: Apache-2.0
// The debug server: where it listens, what it refuses, and that it answers whatever happens.
#include <weft/debug.h>
#include <weft/weft.h>

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "support/http.h"
#include "support/parked.h"
#include "support/with_procs.h"

namespace weft_test {
namespace {

std::string refusal(std::string_view address, weft::debug::serve_options options = {}) {
  try {
    weft::debug::serve(address, options).stop();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "served";
}

// A server that ends with the test.
class DebugServer : public testing::Test {
 protected:
  weft::debug::server server = weft::debug::serve("127.0.0.1:0");
  http_reply get(const std::string& path) { return weft_test::get(server.port(), path); }
  void TearDown() override { server.stop(); }
};

TEST_F(DebugServer, SaysWhereItListens) {
  EXPECT_NE(server.port(), 0);
  EXPECT_EQ(server.address(), "127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(DebugServer, EveryEndpointAnswers) {
  for (const char* path :
       {"/", "/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/symbol",
        "/debug/pprof/goroutine", "/debug/pprof/goroutine?debug=1",
        "/debug/pprof/goroutine?debug=2", "/debug/pprof/mutex", "/debug/pprof/mutex?debug=1",
        "/debug/pprof/block", "/debug/pprof/block?debug=1", "/debug/pprof/threadcreate",
        "/debug/pprof/threadcreate?debug=1"}) {
    EXPECT_EQ(get(path).status, 200) << path;
  }
}

TEST_F(DebugServer, TheIndexListsEveryProfile) {
  std::string html = get("/debug/pprof/").body;
  for (const std::string& kind : weft::debug::profile_kinds())
    EXPECT_NE(html.find("\"" + kind + "?debug=1\""), std::string::npos) << kind;
}

TEST_F(DebugServer, ProfilesComeAsGoSendsThem) {
  http_reply binary = get("/debug/pprof/goroutine");
  EXPECT_NE(binary.head.find("Content-Type: application/octet-stream\r\n"), std::string::npos);
  EXPECT_NE(binary.head.find("Content-Disposition: attachment; filename=\"goroutine\"\r\n"),
            std::string::npos);
  EXPECT_NE(binary.head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_EQ(binary.body.substr(0, 2), "\x1f\x8b");  // gzip
  http_reply text = get("/debug/pprof/goroutine?debug=1");
  EXPECT_NE(text.head.find("Content-Type: text/plain; charset=utf-8\r\n"), std::string::npos);
}

TEST_F(DebugServer, UnknownNamesGet404) {
  http_reply unknown = get("/debug/pprof/heap");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.body, "Unknown profile\n");
  EXPECT_NE(unknown.head.find("X-Go-Pprof: 1\r\n"), std::string::npos);
  EXPECT_EQ(get("/somewhere").status, 404);
}

TEST_F(DebugServer, BadParametersGetASentence) {
  const std::pair<const char*, const char*> cases[] = {
      {"/debug/pprof/profile?seconds=",
       "parameter seconds=: must be a number of seconds above 0\n"},
      {"/debug/pprof/profile?seconds=1h",
       "parameter seconds=1h: must be a number of seconds above 0\n"},
      {"/debug/pprof/block?seconds=0",
       "parameter seconds=0: must be a number of seconds above 0\n"},
      {"/debug/pprof/block?seconds=-1",
       "parameter seconds=-1: must be a number of seconds above 0\n"},
      {"/debug/pprof/block?seconds=nan",
       "parameter seconds=nan: must be a number of seconds above 0\n"},
      {"/debug/pprof/block?seconds=86400", "parameter seconds=86400: must be at most 3600\n"},
      {"/debug/pprof/profile?seconds=1e9", "parameter seconds=1e9: must be at most 3600\n"},
      {"/debug/pprof/trace?seconds=1e999",
       "parameter seconds=1e999: must be above 0 and at most 3600\n"},
      {"/debug/pprof/mutex?seconds=1e-12",
       "parameter seconds=1e-12: must be a number of seconds above 0\n"},
      {"/debug/pprof/mutex?debug=3", "parameter debug=3: must be 0, 1 or 2\n"},
      {"/debug/pprof/mutex?debug=x", "parameter debug=x: must be 0, 1 or 2\n"},
      {"/debug/pprof/mutex?seconds=1&debug=1", "seconds and debug params are incompatible\n"}};
  for (auto [path, sentence] : cases) {
    http_reply r = get(path);
    EXPECT_EQ(r.status, 400) << path;
    EXPECT_EQ(r.body, sentence) << path;
  }
}

TEST_F(DebugServer, OnlyReads) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
    EXPECT_EQ(ask(server.port(), method, "/debug/pprof/goroutine").status, 405) << method;
}

TEST_F(DebugServer, APageThatHasItsNameResolvedToHereIsRefused) {
  EXPECT_EQ(ask(server.port(), "GET", "/metrics", "evil.example").status, 403);
  EXPECT_EQ(ask(server.port(), "GET", "/metrics", "evil.example:80").status, 403);
  for (const char* host : {"localhost", "localhost:6060", "127.0.0.1:6060", "[::1]:6060", "::1"})
    EXPECT_EQ(ask(server.port(), "GET", "/metrics", host).status, 200) << host;
}

extern "C" [[gnu::noinline]] void weft_test_named_function() { asm volatile(""); }

TEST_F(DebugServer, SymbolNamesFunctions) {
  char address[32];
  std::snprintf(address, sizeof address, "0x%zx",
                reinterpret_cast<std::size_t>(&weft_test_named_function));
  std::string expected =
      std::string("num_symbols: 1\n") + address + " weft_test_named_function()\n";
  EXPECT_EQ(get(std::string("/debug/pprof/symbol?") + address).body, expected);
  EXPECT_EQ(ask(server.port(), "POST", "/debug/pprof/symbol", "localhost", address).body, expected);
  EXPECT_EQ(get("/debug/pprof/symbol?nonsense+0x1").body, "num_symbols: 1\n");
}

TEST_F(DebugServer, CmdlineIsJoinedByZeros) {
  std::string line = get("/debug/pprof/cmdline").body;
  ASSERT_FALSE(line.empty());
  EXPECT_NE(line.back(), '\0');
  EXPECT_NE(line.find("weft_unit_debug"), std::string::npos);
}

TEST_F(DebugServer, AnswersWhileEveryWorkerIsStuck) {
  weft::run([&] {
    std::atomic<bool> stuck{true};
    std::atomic<unsigned> there{0};
    weft::wait_group all;
    for (unsigned i = 0; i < 2 * weft::procs(); ++i) {
      all.go([&] {
        ++there;
        while (stuck) std::this_thread::yield();
      });
    }
    // This goroutine's worker is stuck too, in a system call.
    while (there < weft::procs()) std::this_thread::yield();
    std::thread asks([&] {
      EXPECT_EQ(get("/debug/pprof/goroutine?debug=2").status, 200);
      EXPECT_EQ(get("/metrics").status, 200);
      EXPECT_EQ(get("/debug/pprof/mutex").status, 200);
    });
    asks.join();
    stuck = false;
    all.wait();
  });
}

TEST_F(DebugServer, ManyRequestsAtOnceAreRefusedNotQueued) {
  const auto ask = [&] {
    const int s = connect_to(server.port());
    send_all(s, "GET /debug/pprof/mutex?seconds=3000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return s;
  };
  std::vector<int> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(ask());
  // Once all eight are being answered, another one is told so at once.
  http_reply r;
  while ((r = get("/metrics")).status == 200) {
    // It had a place that one of the eight may have come too late for.
    for (int& s : waiting) {
      pollfd refused{s, POLLIN, 0};
      if (poll(&refused, 1, 0) == 0) continue;
      close(s);
      s = ask();
    }
  }
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(r.body, "too many requests at once; 8 are being answered\n");
  server.stop();
  for (int s : waiting) {
    http_reply given_up = read_reply(s);
    EXPECT_EQ(given_up.status, 503);
  }
}

TEST_F(DebugServer, StopEndsItAndMayBeCalledAgain) {
  EXPECT_EQ(get("/").status, 200);
  server.stop();
  server.stop();
  EXPECT_EQ(get("/").status, 0);
}

TEST_F(DebugServer, DroppingTheHandleStopsNothing) {
  std::uint16_t port = 0;
  {
    weft::debug::server other = weft::debug::serve(":0");
    port = other.port();
  }
  EXPECT_EQ(weft_test::get(port, "/").status, 200);
}

TEST_F(DebugServer, ATakenPortIsAnError) {
  std::string text = refusal(server.address());
  EXPECT_NE(text.find("weft: cannot serve on 127.0.0.1:"), std::string::npos) << text;
  EXPECT_NE(text.find("Address already in use"), std::string::npos) << text;
}

TEST(DebugServe, AddressesThatMakeNoSense) {
  for (const char* address :
       {"", "6060", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1",
        "::1:6060", "[::1:6060", "[::1]6060", "nosuch.host:1"})
    EXPECT_EQ(refusal(address).rfind("weft: cannot serve on \"", 0), 0U) << address;
}

TEST(DebugServe, APublicAddressNeedsAWord) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    std::string text = refusal(address);
    EXPECT_NE(text.find("can be reached from other machines"), std::string::npos) << text;
    EXPECT_NE(text.find("allow_public"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal("0.0.0.0:0", {.allow_public = true}), "served");
}

TEST(DebugServe, LeavesSigpipeAsItWas) {
  struct sigaction before{};
  sigaction(SIGPIPE, nullptr, &before);
  weft::debug::serve("127.0.0.1:0").stop();
  struct sigaction after{};
  sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

TEST_F(DebugServer, MetricsAreInPrometheusFormat) {
  weft::run([&] {
    auto c = weft::make_chan<int>();
    weft::go([=] { static_cast<void>(c.recv()); });
    // Waiting for it with the server's own means.
    std::string text;
    weft::blocking([&] {
      do text = get("/metrics").body;
      while (text.find("weft_goroutines{state=\"waiting\"} 0\n") != std::string::npos);
    });
    c.close();
    std::regex line(R"(# (HELP [a-z_]+ .+|TYPE [a-z_]+ (gauge|counter|histogram))|)"
                    R"([a-z_]+(\{[a-z]+="[^"]+"\})? -?[0-9.e+]+)");
    std::istringstream lines(text);
    for (std::string l; std::getline(lines, l);) EXPECT_TRUE(std::regex_match(l, line)) << l;
    for (const char* name :
         {"weft_goroutines{state=\"blocking\"} 1\n", "weft_parks_total ", "weft_steals_total ",
          "weft_run_queue_goroutines{queue=\"global\"} ", "weft_workers ",
          "weft_stuck_stretches_total ", "weft_timers ", "weft_stacks ",
          "weft_stack_address_space_bytes ", "weft_stack_guard_mode{mode=\"guard_install\"} ",
          "weft_mutex_contentions_total ", "weft_mutex_wait_seconds_total ",
          "weft_scheduling_latency_seconds_bucket{le=\"+Inf\"} ", "weft_build_info{version=\""})
      EXPECT_NE(text.find(name), std::string::npos) << name << text;
  });
}

TEST_F(DebugServer, MetricsKeepPrometheusConventions) {
  weft::run([&] {
    std::string text;
    weft::blocking([&] { text = get("/metrics").body; });
    std::map<std::string, std::string> types;
    std::set<std::string> helped;
    std::set<std::string> series;
    std::istringstream lines(text);
    for (std::string l; std::getline(lines, l);) {
      std::istringstream words(l);
      std::string first;
      std::string what;
      std::string name;
      words >> first >> what >> name;
      if (first == "#") {
        if (what == "HELP") {
          EXPECT_TRUE(helped.insert(name).second) << l;
          continue;
        }
        std::string type;
        words >> type;
        EXPECT_TRUE(helped.count(name) == 1 && types.emplace(name, type).second) << l;
        bool total = name.size() > 6 && name.compare(name.size() - 6, 6, "_total") == 0;
        EXPECT_EQ(total, type == "counter") << l;
        EXPECT_EQ(std::regex_search(name, std::regex("_(ns|us|ms|nanoseconds|kb|kib)(_|$)")),
                  false);
        continue;
      }
      EXPECT_TRUE(series.insert(first).second) << l;
      std::string family = first.substr(0, first.find('{'));
      for (const char* end : {"_bucket", "_sum", "_count"}) {
        std::string whole = family.substr(0, family.rfind(end));
        if (types.count(whole) == 1 && types[whole] == "histogram") family = whole;
      }
      EXPECT_EQ(types.count(family), 1U) << l;
    }
    EXPECT_GT(series.size(), 30U);
  });
}

// The value of a series in the metrics; -1 if there is none.
double metric(const std::string& text, const std::string& series) {
  std::size_t at = text.find('\n' + series + ' ');
  return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
}

TEST_F(DebugServer, TimeThatOthersWaitForLocksIsSummed) {
  weft::run([&] {
    const char* series = "weft_mutex_wait_seconds_total";
    double before = 0;
    double after = 0;
    weft::blocking([&] { before = metric(get("/metrics").body, series); });
    // One in eight contentions is measured: enough of them, and of one length, for the sum to be
    // near.
    constexpr int k_rounds = 400;
    weft::mutex m;
    std::chrono::nanoseconds waited{0};
    for (int i = 0; i < k_rounds; ++i) {
      m.lock();
      weft::wait_group w;
      weft::chan<weft::clock::time_point> began = weft::make_chan<weft::clock::time_point>(1);
      w.go([&m, began] {
        began.send(weft::clock::now());
        std::scoped_lock hold(m);
      });
      weft::clock::time_point since = *began.recv();
      weft::sleep_for(std::chrono::milliseconds(1));
      waited += weft::clock::now() - since;
      m.unlock();
      w.wait();
    }
    weft::blocking([&] { after = metric(get("/metrics").body, series); });
    double expected = std::chrono::duration<double>(waited).count();
    EXPECT_GT(after - before, expected / 4);
    EXPECT_LT(after - before, expected * 4);
  });
}

TEST_F(DebugServer, WhatRunsNextIsStolenToo) {
  auto steal = [&] {
    const char* series = "weft_steals_total";
    auto steals = [&] {
      std::string text;
      weft::blocking([&] { text = get("/metrics").body; });
      return metric(text, series);
    };
    double before = 0;
    double after = 0;
    // The receiver runs next on our processor, which we do not leave: another one takes it, unless
    // all are asleep and the monitor gives it away.
    for (int i = 0; i < 5000 && after == before; ++i) {
      auto c = weft::make_chan<int>();
      std::atomic<bool> ran{false};
      weft::wait_group w;
      w.go([&ran, c] {
        c.recv();
        ran = true;
      });
      while (count_waiting("chan receive") == 0) weft::yield();
      before = steals();
      c.send(1);
      while (!ran) weft::detail::cpu_relax();
      w.wait();
      after = steals();
    }
    EXPECT_GT(after, before);
  };
  weft::run(steal, {.procs = 2});
}

}  // namespace
}  // namespace weft_test
