// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/guide/check.md. With a folder as argument, writes its pictures there.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace check = weft::check;
using namespace std::chrono_literals;

namespace {

// [first]
void withdrawals() {
  weft::mutex lock;
  int balance = 100;
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&] {
      lock.lock();
      bool enough = balance >= 80;
      lock.unlock();
      if (!enough) return;
      lock.lock();
      balance -= 80;
      lock.unlock();
    });
  }
  both.wait();
  check::expect(balance >= 0, "the balance is never negative");
}

void first_test() {
  check::report r = check::explore(withdrawals);
  std::printf("%s", r.text().c_str());
  r.svg("withdrawals.svg");
}
// [end]

// [repaired]
void one_lock() {
  weft::mutex lock;
  int balance = 100;
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&] {
      lock.lock();
      if (balance >= 80) balance -= 80;
      lock.unlock();
    });
  }
  both.wait();
  check::expect(balance >= 0, "the balance is never negative");
}
// [end]

// [time]
void answer_or_timeout() {
  auto answer = weft::make_chan<int>();
  weft::go([=] { answer.send(42); });  // blocks for ever once nobody listens
  weft::select(weft::on_recv(answer), weft::on_recv(weft::after(1s)));
}

void slow_machines() {
  check::report r = check::explore(answer_or_timeout, {.adversarial_time = true});
  std::printf("%zu leak\n", r.leaks.size());
}
// [end]

// [bound]
check::report two_preemptions() {
  return check::explore(withdrawals, {.strategy = check::exhaustive, .preemption_bound = 2});
}
// [end]

// [outcomes]
int flag_then_data() {
  weft::var<int> data = 0, ready = 0;
  int seen = -1;
  weft::wait_group both;
  both.go([&] { data = 42, ready = 1; });
  both.go([&] {
    if (ready == 1) seen = data;
  });
  both.wait();
  return seen;
}

void all_outcomes() {
  auto all = check::outcomes<int>(flag_then_data);
  auto verdict = all.against({.allowed = {-1, 42}, .forbidden = {0}});
  std::printf("%s%s", verdict ? "as it should be\n" : "", verdict.text.c_str());
}
// [end]

// [linearizable]
struct counter_spec {
  using operation = int;  // what is added
  using result = int;     // the new value
  int value = 0;
  int apply(int n) { return value += n; }
  bool operator==(const counter_spec&) const = default;
};

void careless_counter() {
  weft::atomic<int> value = 0;
  check::history<counter_spec> history;
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&] {
      history(1, [&] {
        int next = value + 1;  // another may add here
        value = next;
        return next;
      });
    });
  }
  both.wait();
  history.expect_linearizable();
}
// [end]

// Is the picture in the documentation the one that is made now?
bool same(const std::string& a, const std::string& b) {
  auto read = [](const std::string& path) {
    std::ifstream in(path);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  return read(a) == read(b) && !read(a).empty();
}

}  // namespace

int main(int argc, char** argv) {
  first_test();
  std::printf("%s\n", check::explore(one_lock).ok() ? "repaired" : "still wrong");
  std::printf("%u preemption\n", two_preemptions().preemptions);
  slow_machines();
  all_outcomes();
  std::printf("%s\n", check::explore(careless_counter).failures.at(0).what.c_str());
  if (argc > 1) {
    check::explore(withdrawals).svg(std::string(argv[1]) + "/check-withdrawals.svg");
  } else {
    std::printf("%s\n", same("withdrawals.svg", WEFT_PICTURES "/check-withdrawals.svg")
                            ? "the picture is up to date"
                            : "the picture is out of date: run docs_check docs/guide");
  }
}

// clang-format off
// Output pattern:
// weft::check: FAILED (failed: the balance is never negative), random, 1 execution in <n> s, not complete
// failed: the balance is never negative
//   in main:
//       withdrawals at check.cc:35
// schedule:
//        main                               g1                               g2
//     1  wait_group::add #1: +1                                                                      check.cc:24
//     2  go g1                                                                                       check.cc:24
//     3  wait_group::add #1: +1                                                                      check.cc:24
//     4  go g2                                                                                       check.cc:24
//        ... waits: sync.WaitGroup.Wait #1
//     5                                     lock #2                                                  check.cc:25
//     6                                     unlock #2                                                check.cc:27
//                                           ... interrupted: it could go on
//     7                                                                      lock #2                 check.cc:25
//     8                                                                      unlock #2               check.cc:27
//     9                                                                      lock #2                 check.cc:29
//    10                                                                      unlock #2               check.cc:31
//    11                                                                      wait_group::add #1: -1
//                                                                            ... ends
//    12                                     lock #2                                                  check.cc:29
//    13                                     unlock #2                                                check.cc:31
//    14                                     wait_group::add #1: -1
//                                           ... ends
//    15  wait_group::wait #1                                                                         check.cc:34
//        ** FAILS **                                                                                 check.cc:35
// replay with WEFT_REPLAY='w1:d61fd5dd:4a' ...docs_check
// repaired
// 1 preemption
// 1 leak
//          2  -1
//          2  0  FORBIDDEN
//          2  42
// weft::check: ok, exhaustive, 6 executions in <n> s, complete
// failed: the history is not linearizable
// the picture is up to date
