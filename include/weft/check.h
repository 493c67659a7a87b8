// SPDX-License-Identifier: Apache-2.0
#pragma once
// check: every schedule of a test, until it fails.  Floor 6.  Go: none; testing/synctest in part.
//
// Only in programs that are linked to weft::check.

#include <weft/detail/base/config.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#if !WEFT_CHECK
#error "weft/check.h: link to weft::check, or compile with WEFT_CHECK=1, to use the checker"
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_CHECK_WATCHES_ 1
#endif
#endif
#if !defined(__SANITIZE_THREAD__) && !defined(WEFT_CHECK_WATCHES_) && !WEFT_CHECK_UNWATCHED
#error \
    "weft/check.h: compile with -fsanitize=thread, as weft::check says, or no race of plain \
variables is seen; WEFT_CHECK_UNWATCHED=1 does without"
#endif

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace check {

/// How to search.
enum strategy_kind : unsigned char {
  portfolio,   // the random ones, 200 executions of each; then exhaustive; then growing
  exhaustive,  // every behaviour: dynamic partial order reduction
  growing,     // exhaustive with 0, 1, 2, ... preemptions: the simplest failure first
  random,      // each time any of what can happen next
  pos,         // random priorities of operations
  pct,         // random priorities of goroutines, and `depth` - 1 places where they change
  urw,         // such that long goroutines do not crowd out short ones
  delay,       // round robin, with few delays
};

/// What to do about a data race.
enum race_action : unsigned char {
  stop,  // it is a failure
  report_only,
  ignore,  // go on as if there were none
};

/// What to look for, how, and for how long.
struct options {
  strategy_kind strategy = portfolio;
  std::uint64_t max_executions = 0;  // in all; 0: what the strategy takes; random ones: 10 000
  int preemption_bound = -1;         // exhaustive: at most so many preemptions; -1: any number
  std::uint64_t seed = 1;
  race_action on_race = stop;
  unsigned depth = 3;                       // of pct
  std::size_t max_steps = 10'000;           // an execution of more steps is given up: a failure
  std::uint64_t max_accesses = 20'000'000;  // so is one with more accesses to memory, in code that
                                            // is under test, from one operation to the next
  bool stop_at_failure = true;              // false: go on, and count
  bool reduce = true;                       // exhaustive: false runs every schedule, however alike
  bool shrink = true;                       // look for the failure with the fewest preemptions
  bool adversarial_time = false;  // time may pass while goroutines could go on: slow machines
  bool tear = true;               // outcomes(): a racy read of a var of more than a word may find
                                  // words of different writes; false: it is read as one
  unsigned shard = 0;             // exhaustive: this part of all there is ...
  unsigned shards = 1;            // ... of so many
  std::string name{};             // of the test, for reports
};

/// One thing that went wrong.
struct finding {
  std::string what;  // one line
  std::string text;  // all there is to say
};

namespace detail {
struct trace;
}

/// What a search has found. Go: none.
class report {
 public:
  /// Nothing went wrong. That everything has been seen is what `complete` says.
  [[nodiscard]] bool ok() const noexcept {
    return races.empty() && deadlocks.empty() && leaks.empty() && failures.empty();
  }
  explicit operator bool() const noexcept { return ok(); }
  /// All of it for a person.
  [[nodiscard]] std::string text() const;
  /// One line: verdict, strategy, executions, seconds, complete or not.
  [[nodiscard]] std::string summary() const;

  /// The first failure as a picture: a lane for each goroutine. False if there is none, or the file
  /// could not be written, which stderr is told, too.
  bool svg(const std::string& path) const;
  /// The picture and the text, as a page. False if the file could not be written.
  bool html(const std::string& path) const;
  /// The schedule, and each of its steps to read, as a file that WEFT_REPLAY and replay() take in
  /// place of a schedule. False if there is none, or it could not be written.
  bool save(const std::string& path) const;

  std::uint64_t executions = 0;  // that came to an end
  std::uint64_t pruned = 0;      // that were given up as seen before
  std::uint64_t behaviours = 0;  // exhaustive: how many of the executions differ in what depends
                                 // on what
  bool complete = false;         // all behaviours were explored
  int bound = -1;                // all with at most so many preemptions were; -1: not known
  std::vector<finding> races;    // and uses of memory that was freed
  std::vector<finding> deadlocks;
  std::vector<finding> leaks;
  std::vector<finding> failures;
  std::string schedule;       // of the first failure: for replay()
  std::string schedule_file;  // where it was saved, if it is long and the test has a name
  std::string picture;        // where the page of html() is, if WEFT_CHECK_PICTURES names a folder
  std::uint32_t preemptions = 0;  // of the first failure
  std::string name;               // options::name
  std::string strategy;           // what found it, or the last that was used
  double seconds = 0;
  std::shared_ptr<const detail::trace> trace;  // for svg() and html()
};

std::ostream& operator<<(std::ostream& out, const report& r);

namespace detail {

report explore(void (*body)(void*), void* arg, const options& o);
report replay(std::string_view schedule, void (*body)(void*), void* arg, const options& o);
void bubble(void (*body)(void*), void* arg);
/// For run() outside of explore().
report run_once(void (*body)(void*), void* arg);

template <class F>
void call(void* f) {
  (*static_cast<F*>(f))();
}

/// The execution fails as soon as whoever runs comes to an operation or ends; not at once, for
/// GoogleTest holds a lock. False if there is none.
bool assertion_failed(const char* file, int line, const char* message);

/// While it lives, a failed assertion of GoogleTest is one of the execution in which it failed, not
/// of the test. Reporter makes itself known to GoogleTest.
template <class Reporter, class Result>
class assertions : public Reporter {
 public:
  void ReportTestPartResult(const Result& r) override {
    if (r.failed() && assertion_failed(r.file_name(), r.line_number(), r.message())) return;
    if (!r.failed() && (!r.skipped() || skipped_)) return;  // once is enough
    skipped_ = r.skipped();
    Reporter::ReportTestPartResult(r);
  }

 private:
  bool skipped_ = false;
};

}  // namespace detail

/// Runs body, as a goroutine, again and again, each time in another order of what its goroutines
/// do, until something goes wrong or nothing new is left.
///
/// body must do the same each time but for that order: no random numbers of its own, no threads.
/// What it makes it must make anew each time. The standard library's locks block the goroutine, and
/// its clocks show the checker's time. Who waits in explore() waits for the whole search.
///
/// Returns:  what was found.
/// Errors:   options that would find nothing whatever there is, and a body that does not do the
///           same each time, are failures that say so. WEFT_REPLAY in the environment: that
///           schedule is run in place of the search. In a goroutine: panic
///           "check: a search within a goroutine; it takes a plain thread".
/// Callable from: plain thread, one at a time
/// Cost:     a microsecond and more for an execution of few operations; memory does not grow with
///           their number.
/// Source:   P. Abdulla et al., "Optimal dynamic partial order reduction" (POPL 2014): source sets;
///           K. Coons, M. Musuvathi, K. McKinley, "Bounded partial-order reduction" (OOPSLA 2013).
template <class F>
  requires std::is_invocable_v<F&>
report explore(F&& body, const options& o = {}) {
  auto f = [&body] { body(); };
  return detail::explore(detail::call<decltype(f)>, &f, o);
}

/// Runs body once, as the schedule of a report says, or as the file says whose path it is (see
/// report::save()).
///
/// Errors:   a schedule that does not fit the program is a failure that says so.
/// Callable from: plain thread, one at a time
template <class F>
  requires std::is_invocable_v<F&>
report replay(std::string_view schedule, F&& body, const options& o = {}) {
  auto f = [&body] { body(); };
  return detail::replay(schedule, detail::call<decltype(f)>, &f, o);
}

/// A failure of the execution if cond is false; it ends with it. `what` is said in the report, with
/// the goroutine and its stack.
///
/// Errors/misuse: outside of a body the process ends with "check::expect outside check::explore".
/// Callable from: a body, and goroutines that it started
void expect(bool cond, std::string_view what = "an expectation of the test does not hold");

/// Runs body once, with a clock of its own that starts anew and moves only when every goroutine
/// of it is blocked, until body returns; returns when all of them have ended. Timers that are not
/// due by then never fire. If it makes more than 256 goroutines it is begun anew.
///
/// What is outside stands still meanwhile. Its objects can be used, and who waits for them there
/// goes on afterwards; to wait for somebody outside is a deadlock. A timer made outside is due by
/// the bubble's clock, and one made in a bubble and used outside by the clock there.
///
/// Errors/misuse: panic "synctest.Run called from within a synctest bubble", where the body of
///           explore() is one, too; panic "deadlock: all goroutines in bubble are blocked"; panic
///           "deadlock: main bubble goroutine has exited but blocked goroutines remain"; a panic
///           with the text of whatever else went wrong, or of a race. stderr is told more.
/// Callable from: goroutine | plain thread
/// Go:       synctest.Test; here every blocking operation is durable, locks too, and channels and
///           timers of a bubble may be used outside of it.
template <class F>
  requires std::is_invocable_v<F&>
void bubble(F&& body) {
  auto f = [&body] { body(); };
  detail::bubble(detail::call<decltype(f)>, &f);
}

/// Waits until nothing but this goroutine can go on, short of time passing. What is due is done
/// before.
///
/// Errors/misuse: panic "goroutine is not in a bubble"; panic "wait already in progress", where
///           another goroutine waits so.
/// Memory:   what others did before they blocked or ended synchronizes before the return (E22).
/// Go:       synctest.Wait.
void settle();

/// A number in [0, n): the search tries each; a random strategy draws one. Part of the schedule, as
/// the order of goroutines is. Outside of explore() any of them.
///
/// Errors/misuse: n of 0 is a failure of the execution, "check::choose: no number is below 0".
unsigned choose(unsigned n);

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

// explore(), where GoogleTest's assertions are the body's.
#define WEFT_CHECK_EXPLORE_(body, options)                                                 \
  [&] {                                                                                    \
    const ::weft::check::detail::assertions<::testing::internal::HasNewFatalFailureHelper, \
                                            ::testing::TestPartResult>                     \
        weft_assertions;                                                                   \
    return ::weft::check::explore(body, options);                                          \
  }()

/// A GoogleTest test whose body is explored; it fails with the report. GoogleTest's own assertions
/// (EXPECT_EQ and so on) in the body fail the execution, as expect() does.
#define WEFT_CHECK_TEST(suite, name) WEFT_CHECK_TEST_WITH(suite, name, {})

/// The same with options, in braces or parentheses.
#define WEFT_CHECK_TEST_WITH(suite, test, ...)                                              \
  static void weft_check_body_##suite##_##test();                                           \
  TEST(suite, test) {                                                                       \
    ::weft::check::options weft_options = __VA_ARGS__;                                      \
    weft_options.name = #suite "." #test;                                                   \
    auto weft_report = WEFT_CHECK_EXPLORE_(weft_check_body_##suite##_##test, weft_options); \
    std::printf("%s\n", weft_report.summary().c_str());                                     \
    if (!weft_report.ok()) GTEST_FAIL() << weft_report;                                     \
  }                                                                                         \
  static void weft_check_body_##suite##_##test()

/// As many tests as `shards`, each of which explores its part of the body's behaviours, all of
/// them exhaustively. GoogleTest gives them to the machines of a sharded run (GTEST_TOTAL_SHARDS,
/// GTEST_SHARD_INDEX) as any other tests.
#define WEFT_CHECK_SHARDED_TEST(suite, test, n)                                             \
  static void weft_check_body_##suite##_##test();                                           \
  class suite : public ::testing::TestWithParam<unsigned> {};                               \
  TEST_P(suite, test) {                                                                     \
    ::weft::check::options weft_options{                                                    \
        .strategy = ::weft::check::exhaustive, .shard = GetParam(), .shards = (n)};         \
    weft_options.name = #suite "." #test "." + std::to_string(GetParam());                  \
    auto weft_report = WEFT_CHECK_EXPLORE_(weft_check_body_##suite##_##test, weft_options); \
    std::printf("%s\n", weft_report.summary().c_str());                                     \
    if (!weft_report.ok()) GTEST_FAIL() << weft_report;                                     \
    EXPECT_TRUE(weft_report.complete);                                                      \
  }                                                                                         \
  INSTANTIATE_TEST_SUITE_P(, suite, ::testing::Range(0U, static_cast<unsigned>(n)));        \
  static void weft_check_body_##suite##_##test()

#include <weft/check/linearizable.h>  // after what they are made of
#include <weft/check/outcomes.h>
