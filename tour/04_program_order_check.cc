// SPDX-License-Identifier: Apache-2.0
// Lesson 4, checked: program order, and how another goroutine comes to see it
//
// Every pair that the reader can see, whichever it reads first. With two plain variables, all four,
// in both orders of reading: program order of the writer is nothing that another goroutine is
// promised. With b an atomic, b = 2 without a = 1 is impossible, if b is read first. Read first, a
// may be old when b is not.
//
// The order of reading is program order, too, of the reader: an edge joins what comes before it in
// one goroutine to what comes after it in the other, and it is of no use to what stands beside it.
//
// Last, the reader that looks at a only if b has said that it may. check::explore goes through all
// schedules, and finds no race in any: a need not be an atomic.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <utility>

namespace check = weft::check;

// [program]
using a_and_b = std::pair<int, int>;

template <class B>
a_and_b look(bool b_first) {
  weft::var<int> a = 0;
  B b = 0;
  weft::wait_group writer;
  writer.go([&] {
    a = 1;
    b = 2;
  });
  int a_seen = 0, b_seen = 0;
  if (!b_first) a_seen = a;
  b_seen = b;
  if (b_first) a_seen = a;
  writer.wait();
  return {a_seen, b_seen};
}

template <class B>
void all_pairs(const char* name) {
  const auto b_first = check::outcomes<a_and_b>([] { return look<B>(true); });
  const auto a_first = check::outcomes<a_and_b>([] { return look<B>(false); });
  for (int b : {0, 2}) {
    for (int a : {0, 1}) {
      std::printf("%-11s b=%d a=%d %13s %13s\n", name, b, a,
                  b_first.contains({a, b}) ? "possible" : "never",
                  a_first.contains({a, b}) ? "possible" : "never");
    }
  }
}

void a_if_b_says_so() {
  weft::var<int> a = 0;
  weft::atomic<int> b = 0;
  weft::wait_group writer;
  writer.go([&] {
    a = 1;
    b = 2;
  });
  if (b == 2) check::expect(a == 1, "a is 1");
  writer.wait();
}

int main() {
  std::printf("%-11s %7s %13s %13s\n", "", "", "b read first", "a read first");
  all_pairs<weft::var<int>>("b plain:");
  all_pairs<weft::atomic<int>>("b atomic:");
  std::printf("%s\n", check::explore(a_if_b_says_so).summary().c_str());
}
// [end]

// Output pattern:
//                      b read first  a read first
// b plain:    b=0 a=0      possible      possible
// b plain:    b=0 a=1      possible      possible
// b plain:    b=2 a=0      possible      possible
// b plain:    b=2 a=1      possible      possible
// b atomic:   b=0 a=0      possible      possible
// b atomic:   b=0 a=1      possible      possible
// b atomic:   b=2 a=0         never      possible
// b atomic:   b=2 a=1      possible      possible
// weft::check: ok, exhaustive, <n> executions in <n> s, complete
