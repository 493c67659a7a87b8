// SPDX-License-Identifier: Apache-2.0
// cross_check_test.cc: the reduced search against every schedule, on programs over all primitives.
//
// For each program the two searches must see the same results, the same verdicts and the same
// number of behaviours (but see cross::parks()).

#include "cross_check_programs.h"
#include "programs.h"

#include <weft/check.h>
#include <weft/panic.h>

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

namespace check = weft::check;
using cross::instruction;
using cross::program;
using cross::world;
using programs::long_ones_too;

struct setting {
  int capacity = 0;
  bool joins = false;  // main waits for the others
  bool adversarial = false;
};

struct seen {
  std::set<std::string> results;
  std::uint64_t behaviours = 0;
  std::uint64_t executions = 0;
  std::uint64_t pruned = 0;
  bool deadlock = false;
  bool leak = false;
  bool failure = false;
  bool complete = false;
  std::string trouble;
};

// What it holds, without another operation of the execution that has just begun.
std::string peek(const weft::atomic<int>& word) {
  static_assert(sizeof word >= sizeof(int));
  int value = 0;
  std::memcpy(&value, static_cast<const void*>(&word), sizeof value);
  return std::to_string(value) + ' ';
}

seen search(const program& p, setting how, bool reduce, std::uint64_t most) {
  seen s;
  // Destroyed at the end: to destroy one in the next execution would be an operation of that.
  std::vector<std::shared_ptr<world>> worlds;
  auto keep = [&] {
    if (worlds.empty()) return;
    const world* last = worlds.back().get();
    std::string all = peek(last->words[0]) + peek(last->words[1]) + peek(*last->late);
    for (const std::string& g : last->seen) all += g + '|';
    s.results.insert(all);
  };
  check::report r = check::explore(
      [&] {
        keep();
        auto w =
            std::make_shared<world>(how.capacity, p.size(), cross::dones(p), cross::uses_timers(p));
        worlds.push_back(w);
        auto all = std::make_shared<weft::wait_group>();
        if (how.joins) all->add(static_cast<int>(p.size()));
        for (std::size_t g = 0; g < p.size(); ++g) {
          weft::go([w, &p, g, all, joins = how.joins] {
            try {
              for (const instruction& i : p[g]) cross::run(*w, g, i);
            } catch (const weft::panic&) {
              w->seen[g] += "panic";
            }
            if (joins) all->done();
          });
        }
        if (how.joins) all->wait();
      },
      {.strategy = check::exhaustive,
       .max_executions = most,
       .on_race = check::ignore,
       .stop_at_failure = false,
       .reduce = reduce,
       .shrink = false,
       .adversarial_time = how.adversarial});
  keep();
  s.behaviours = r.behaviours;
  s.executions = r.executions;
  s.pruned = r.pruned;
  s.deadlock = !r.deadlocks.empty();
  s.leak = !r.leaks.empty();
  s.failure = !r.failures.empty();
  s.complete = r.complete;
  if (s.failure) s.trouble = r.failures.front().text;
  return s;
}

class totals {
 public:
  // False where the two differ.
  bool compare(const program& p, setting how, std::uint64_t most) {
    seen all = search(p, how, false, most);
    if (!all.complete) {
      ++too_large_;
      return true;
    }
    seen few = search(p, how, true, 4 * most);
    ++compared_;
    executions_ += few.executions;
    pruned_ += few.pruned;
    behaviours_ += few.behaviours;
    const bool counted =
        cross::parks(p) ? all.behaviours >= few.behaviours : all.behaviours == few.behaviours;
    const bool same = all.results == few.results && all.deadlock == few.deadlock &&
                      all.leak == few.leak && counted && few.complete && !all.failure &&
                      !few.failure;
    if (same) return true;
    std::string lost;
    for (const std::string& r : all.results)
      if (!few.results.contains(r)) lost += "  " + r + "\n";
    ADD_FAILURE() << cross::text_of(p) << " capacity " << how.capacity << " joins " << how.joins
                  << " adversarial " << how.adversarial << ": all " << all.executions
                  << " executions, " << all.behaviours << " behaviours, " << all.results.size()
                  << " results, " << all.deadlock << all.leak << all.failure << "; few "
                  << few.executions << ", " << few.behaviours << ", " << few.results.size() << ", "
                  << few.deadlock << few.leak << few.failure << ", pruned " << few.pruned
                  << (few.complete ? "" : ", not complete") << "\nlost:\n"
                  << lost << all.trouble << few.trouble;
    return false;
  }
  void print() const {
    std::printf(
        "%llu programs (%llu too large), %llu executions and %llu pruned for %llu behaviours\n",
        static_cast<unsigned long long>(compared_), static_cast<unsigned long long>(too_large_),
        static_cast<unsigned long long>(executions_), static_cast<unsigned long long>(pruned_),
        static_cast<unsigned long long>(behaviours_));
  }
  [[nodiscard]] std::uint64_t compared() const noexcept { return compared_; }

 private:
  std::uint64_t compared_ = 0;
  std::uint64_t too_large_ = 0;
  std::uint64_t executions_ = 0;
  std::uint64_t pruned_ = 0;
  std::uint64_t behaviours_ = 0;
};

// Stops after so many failures: each says enough.
constexpr int k_most_failures = 5;

// Each row of the relation: what the order of any two operations means.
TEST(CrossCheck, AnyTwoOperations) {
  totals t;
  int failures = 0;
  for (std::size_t a = 0; a < cross::k_count; ++a) {
    for (std::size_t b = a; b < cross::k_count; ++b) {
      for (int other = 0; other < 2; ++other) {
        for (int capacity = 0; capacity < 2; ++capacity) {
          program p = {{{a, 0, 1}}, {{b, other, 2}}};
          failures += t.compare(p, {.capacity = capacity}, 20'000) ? 0 : 1;
          if (failures >= k_most_failures) return;
        }
      }
    }
  }
  t.print();
}

// ... and after something has happened.
TEST(CrossCheck, AnyTwoOperationsAfterAThird) {
  totals t;
  std::mt19937 random(7);
  int failures = 0;
  for (std::size_t a = 0; a < cross::k_count; ++a) {
    for (std::size_t b = 0; b < cross::k_count; ++b) {
      auto any = [&] { return static_cast<std::size_t>(random() % cross::k_count); };
      auto bit = [&] { return static_cast<int>(random() % 2); };
      program p = {{{any(), bit(), 1}, {a, bit(), 1}}, {{b, bit(), 1 + bit()}}};
      failures += t.compare(p, {.capacity = static_cast<int>(random() % 3)}, 20'000) ? 0 : 1;
      if (failures >= k_most_failures) return;
    }
  }
  t.print();
}

instruction call(const char* name, int object, int value) {
  return {cross::called(name), object, value};
}

// What a select did not take is a choice that others give and take away.
TEST(CrossCheck, CasesThatAreNotTaken) {
  totals t;
  EXPECT_TRUE(t.compare({{call("recv", 0, 1)},
                         {call("send", 0, 1), call("select else", 1, 2)},
                         {call("close", 1, 1)}},
                        {.capacity = 2, .joins = true}, 1'000));
  EXPECT_TRUE(t.compare(
      {{call("try_send", 1, 1)}, {call("alarm reset", 1, 2), call("alarm or recv", 1, 2)}},
      {.capacity = 2}, 1'000));
  EXPECT_EQ(t.compared(), 2U);
}

// What goes well together; the last takes anything.
const std::vector<std::vector<const char*>> k_families = {
    {"load", "store", "add", "swap"},
    {"lock", "locked store", "try_lock", "load", "store"},
    {"send", "recv", "size", "close"},
    {"send", "recv", "try_send", "try_recv"},
    {"send", "recv", "select recv", "select mixed"},
    {"send", "recv", "select else", "select recv", "close"},
    {"lock_shared", "write lock", "load", "store", "try_lock_shared", "try write lock"},
    {"done", "wait", "store", "load", "add and done"},
    {"wait for it", "notify_one", "notify_all", "locked notify", "load"},
    {"once", "once store", "load", "store"},
    {"acquire", "release", "try_acquire", "acquire, release", "load", "store"},
    {"cancel", "err", "done()", "done() or recv", "done() or else", "send", "a kept child's err"},
    {"cancel", "lock(ctx)", "lock", "keep", "err"},
    {"cancel", "send(ctx)", "recv(ctx)", "send", "recv"},
    {"cancel", "acquire(ctx)", "acquire", "release", "wait(ctx)", "done"},
    {"cancel", "wait for it(ctx)", "wait for it", "notify_one", "notify_all"},
    {"cancel", "lock_shared(ctx)", "write lock(ctx)", "lock_shared", "write lock"},
    {"sleep", "alarm", "alarm now", "alarm or recv", "send", "store", "load"},
    {"alarm", "alarm stop", "alarm reset", "call stop", "call reset", "late"},
    {"after", "after now", "call now", "late", "sleep", "timeout", "send", "cancel",
     "callback stop"},
    {"go store", "late", "load", "store", "send", "recv"},
    {},
};

program make_program(std::mt19937& random, std::size_t family) {
  std::vector<std::size_t> ops;
  for (const char* name : k_families[family % k_families.size()]) {
    ops.push_back(cross::called(name));
    EXPECT_LT(ops.back(), cross::k_count) << name;
  }
  if (ops.empty())
    for (std::size_t i = 0; i < cross::k_count; ++i) ops.push_back(i);
  auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  program p(2 + below(2));
  int left = 8;
  for (auto& g : p) {
    std::size_t n = 1 + below(3);
    for (std::size_t i = 0; i < n; ++i) {
      instruction in{ops[below(ops.size())], static_cast<int>(below(2)),
                     1 + static_cast<int>(below(2))};
      left -= cross::k_operations[in.what].takes;
      if (left < 0) break;
      g.push_back(in);
    }
  }
  return p;
}

TEST(CrossCheck, ProgramsAtRandom) {
  std::mt19937 random(977);
  const int programs = long_ones_too() ? 30'000 : 1'000;
  const std::uint64_t most = long_ones_too() ? 3'000 : 1'000;
  totals t;
  int failures = 0;
  for (int n = 0; n < programs; ++n) {
    program p = make_program(random, static_cast<std::size_t>(n));
    setting how{.capacity = static_cast<int>(random() % 3), .joins = random() % 4 == 0};
    failures += t.compare(p, how, most) ? 0 : 1;
    if (failures >= k_most_failures) return;
  }
  t.print();
  EXPECT_GT(t.compared(), static_cast<std::uint64_t>(programs) / 2);
}

// Where time may pass at any moment.
TEST(CrossCheck, ProgramsWithAnAdversarialClock) {
  std::mt19937 random(978);
  totals t;
  int failures = 0;
  const std::size_t programs = long_ones_too() ? 300 : 60;
  for (std::size_t n = 0; n < programs; ++n) {
    program p = make_program(random, 17 + n % 3);
    setting how{.capacity = static_cast<int>(random() % 2), .adversarial = true};
    failures += t.compare(p, how, 3'000) ? 0 : 1;
    if (failures >= k_most_failures) return;
  }
  t.print();
}

}  // namespace
