// SPDX-License-Identifier: Apache-2.0
// report_text_test.cc: what a person needs of a report: who, where, and on a page that is wide
// enough.

#include <weft/chan.h>
#include <weft/check.h>
#include <weft/condition_variable.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/time.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace {

namespace check = weft::check;

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::size_t times(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++n;
  return n;
}

// In characters.
std::size_t widest_line(const std::string& text) {
  std::istringstream in(text);
  std::size_t most = 0;
  for (std::string line; std::getline(in, line);) {
    auto n = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
    most = std::max(most, static_cast<std::size_t>(n));
  }
  return most;
}

// This program's tests of that name, which are left out otherwise; with what is set before.
std::string run_disabled(const std::string& name, const std::string& environment = "") {
  std::string command = environment + " /proc/" + std::to_string(getpid()) +
                        "/exe --gtest_also_run_disabled_tests --gtest_filter='" + name + "' 2>&1";
  std::unique_ptr<FILE, int (*)(FILE*)> out(popen(command.c_str(), "r"), pclose);
  std::string text;
  char part[512];
  while (std::fgets(part, sizeof part, out.get()) != nullptr) text += part;
  return text;
}

// A lost update, as the assertions of GoogleTest see it.
int two_withdrawals() {
  weft::mutex lock;
  int balance = 100;
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&] {
      lock.lock();
      bool enough = balance >= 80;
      lock.unlock();
      const std::lock_guard hold(lock);
      if (enough) balance -= 80;
    });
  }
  both.wait();
  return balance;
}

WEFT_CHECK_TEST(ReportText, DISABLED_AnExpectation) { EXPECT_EQ(two_withdrawals(), 20); }
WEFT_CHECK_TEST(ReportText, DISABLED_AnAssertionInAGoroutine) {
  weft::wait_group all;
  all.go([] { ASSERT_GE(two_withdrawals(), 0) << "negative"; });
  all.wait();
}
WEFT_CHECK_TEST(ReportText, DISABLED_Skipped) { GTEST_SKIP() << "not today"; }

TEST(ReportText, AnAssertionOfGoogleTestFailsTheExecution) {
  std::string text = run_disabled("ReportText.DISABLED_AnExpectation");
  EXPECT_EQ(times(text, ": Failure\n"), 1U) << text;
  EXPECT_TRUE(says(text, "weft::check: FAILED (failed: report_text_test.cc:")) << text;
  EXPECT_TRUE(says(text, "Expected equality of these values: two_withdrawals() Which is: -60 20)"))
      << text;
  EXPECT_TRUE(says(text, "\n  Expected equality of these values:\n")) << text;
  EXPECT_TRUE(says(text, "replay with WEFT_REPLAY='w1:")) << text;
  EXPECT_TRUE(says(text, "** FAILS **")) << text;
  EXPECT_TRUE(says(text, " (ReportText.DISABLED_AnExpectation)\n")) << text;
  text = run_disabled("ReportText.DISABLED_AnAssertionInAGoroutine");
  EXPECT_EQ(times(text, ": Failure\n"), 1U) << text;
  EXPECT_TRUE(says(text, "\n  in g1:\n      at report_text_test.cc:")) << text;
  EXPECT_TRUE(says(text, "negative")) << text;
  text = run_disabled("ReportText.DISABLED_Skipped");
  EXPECT_EQ(times(text, "not today"), 1U) << text;
}

TEST(ReportText, TheLineOfAnAssertionIsReplayed) {
  const std::string name = "ReportText.DISABLED_AnExpectation";
  std::string text = run_disabled(name);
  std::size_t at = text.find("WEFT_REPLAY='");
  ASSERT_NE(at, std::string::npos) << text;
  std::string line = text.substr(at, text.find("' ", at) + 1 - at);
  std::string again = run_disabled(name, line);
  EXPECT_TRUE(says(again, "Which is: -60 20), replay, 1 execution")) << again;
}

// Not as the bytes of the object by which that is noticed.
TEST(ReportText, OperationsThatMustBeOrderedAreNamed) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<char>(1);
    weft::go([=] { c.send('a'); });
    weft::sleep_for(std::chrono::seconds(1));  // orders nothing
    c.close();
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  const std::string& text = r.races[0].text;
  EXPECT_TRUE(says(text, "send by g1:\n") && says(text, "close by main:\n")) << text;
  EXPECT_TRUE(says(text, "** send: RACE **") && says(text, "** close: RACE **")) << text;
  r = check::explore([] {
    weft::wait_group all;
    weft::go([&] { all.add(1), all.done(); });
    all.wait();
    check::settle();
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  EXPECT_TRUE(says(r.races[0].text, "wait_group::add by g1:\n")) << r;
  EXPECT_TRUE(says(r.races[0].text, "wait_group::wait by main:\n")) << r;
}

TEST(ReportText, AnExpectationTellsWhereAndByWhom) {
  check::report r = check::explore([] {
    weft::wait_group all;
    all.go([] {});
    weft::go({.name = "who fails"}, [] { check::expect(false, "this holds"); });
    all.wait();
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, "  in g2 (who fails):\n      ")) << text;
  EXPECT_TRUE(says(text, "      started by main at report_text_test.cc:")) << text;
  EXPECT_TRUE(says(text, "** FAILS **")) << text;
}

void thrower(bool really) {
  if (really) throw std::runtime_error("thrown");
}

// Another exception on the way, that is caught, is none of its business.
struct noisy {
  ~noisy() {
    try {
      throw 1;
    } catch (int) {
    }
  }
};

TEST(ReportText, AnExceptionTellsWhereItWasThrown) {
  check::report r = check::explore([] {
    weft::wait_group all;
    all.go([] {
      const noisy n;
      thrower(true);
    });
    all.wait();
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, "panic: thrown\n  in g1:\n      ")) << text;
  EXPECT_TRUE(says(text, "thrower at report_text_test.cc:")) << text;
  // The step of the wait_group comes of unwinding.
  EXPECT_LT(text.find("** FAILS **"), text.find("wait_group::add #1: -1")) << text;
}

TEST(ReportText, SixGoroutinesHaveColumnsOnAPageOf120) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<std::string>();
    weft::mutex locks[6];
    for (std::size_t i = 0; i < 6; ++i) {
      weft::go({.name = "philosopher " + std::to_string(i)}, [&, i] {
        for (int meal = 0; meal < 2; ++meal) {
          const std::lock_guard left(locks[i]);
          const std::lock_guard right(locks[(i + 1) % 6]);
        }
        c.send("full");
      });
    }
    for (int i = 0; i < 6; ++i) c.recv();
  });
  ASSERT_EQ(r.deadlocks.size(), 1U) << r;
  EXPECT_EQ(r.preemptions, 1U) << r;  // whoever comes first is interrupted, the others wait
  const std::string& text = r.deadlocks[0].text;
  EXPECT_LE(widest_line(text), 120U) << text;
  EXPECT_FALSE(says(text, "g1 (philosopher 0): lock")) << "a list:\n" << text;
  EXPECT_TRUE(says(text, "      held by g2 (philosopher 1), locked at report_text_test.cc:"))
      << text;
  // Whoever is not seen to wait in the schedule is said to be blocked at its end.
  EXPECT_TRUE(says(text, "... blocked: sync.Mutex.Lock #")) << text;
}

TEST(ReportText, AWaitForAConditionNamesTheCondition) {
  check::report r = check::explore([] {
    weft::mutex lock;
    weft::condition_variable change;
    weft::wait_group all;
    all.go([&] {
      lock.lock();
      change.wait(lock);
      lock.unlock();
    });
    all.wait();
  });
  ASSERT_EQ(r.deadlocks.size(), 1U) << r;
  const std::string& text = r.deadlocks[0].text;
  EXPECT_TRUE(says(text, "lock #2")) << text;
  EXPECT_TRUE(says(text, "condition wait #3")) << text;
  EXPECT_TRUE(says(text, "g1 [sync.Cond.Wait] #3 at")) << text;
}

TEST(ReportText, WhoHasNoPartInARaceIsLeftOut) {
  check::report r = check::explore([] {
    auto n = std::make_shared<int>(0);
    auto lock = std::make_shared<weft::mutex>();
    weft::go([=] { *n = 1; });
    for (int i = 0; i < 3; ++i) {
      weft::go([=] {
        for (int k = 0; k < 3; ++k) lock->lock(), lock->unlock();
      });
    }
    weft::go([=] {
      lock->lock(), lock->unlock();
      *n = 2;
    });
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  const std::string& text = r.races[0].text;
  EXPECT_LE(times(text, " lock #"), 1U) << text;
  EXPECT_EQ(times(text, "started by main at report_text_test.cc:"), 2U) << text;
}

TEST(ReportText, AValueIsOnOneLineAndCutBetweenCharacters) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<std::string>(2);
    c.send("two\nlines\tand");
    c.send(
        "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc"
        "\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc\u00fc");
    check::expect(false, "");
  });
  ASSERT_EQ(r.failures.size(), 1U) << r;
  const std::string& text = r.failures[0].text;
  EXPECT_TRUE(says(text, "\"two\\nlines?and\"")) << text;
  EXPECT_TRUE(says(text, "\u00fc...")) << text;
  // All places begin in the same column.
  std::istringstream in(text.substr(text.find("schedule:")));
  std::size_t column = 0;
  for (std::string line; std::getline(in, line);) {
    std::size_t at = line.find("report_text_test.cc");
    if (at == std::string::npos) continue;
    std::size_t n = widest_line(line.substr(0, at));
    if (column == 0) column = n;
    EXPECT_EQ(n, column) << text;
  }
}

WEFT_CHECK_TEST(ReportText, DISABLED_Pictured) { check::expect(false, "a < b & \"c\""); }

TEST(ReportText, APageForEachFailureGoesToAFolderIfAskedFor) {
  std::string folder = testing::TempDir();
  std::string path = folder + "/ReportText.DISABLED_Pictured.html";
  std::remove(path.c_str());
  std::string text =
      run_disabled("ReportText.DISABLED_Pictured", "WEFT_CHECK_PICTURES='" + folder + "'");
  EXPECT_TRUE(says(text, "picture: " + path + "\n")) << text;
  std::string page = read(path);
  EXPECT_TRUE(says(page, "failed: a &lt; b &amp; &quot;c&quot;")) << page;
  EXPECT_TRUE(says(page, ">FAILS<")) << page;
  EXPECT_TRUE(says(page, "prefers-color-scheme:dark")) << page;
  EXPECT_FALSE(says(page, "http://") && !says(page, "http://www.w3.org/2000/svg")) << page;
  text = run_disabled("ReportText.DISABLED_Pictured", "WEFT_CHECK_PICTURES=/no/such/folder");
  EXPECT_TRUE(says(text,
                   "weft::check: cannot write /no/such/folder/ReportText.DISABLED_Pictured."
                   "html: No such file or directory"))
      << text;
}

TEST(ReportText, AScheduleMayBePastedWithTheEndOfItsLine) {
  auto body = [] { check::expect(false, "it"); };
  check::report r = check::explore(body);
  check::report again = check::replay(r.schedule + " \n", body);
  ASSERT_EQ(again.failures.size(), 1U) << again;
  EXPECT_EQ(again.failures[0].what, "failed: it");
}

}  // namespace
