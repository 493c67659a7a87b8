// SPDX-License-Identifier: Apache-2.0
// Lesson 4: program order, and how another goroutine comes to see it
//
// Make b an atomic. A load of b that gives 2 has observed the store of 2: an edge. What came before
// the store in the writer (a = 1) is then before what comes after the load in the reader. The word
// "after" counts: a must be read after b. Program order binds both ends of an edge.
//
// That is why a may be a plain variable in the first part: the reader touches it only once b has
// said that it may. In the second part a is read at any time, so it has to be an atomic too. Of the
// four outcomes, one is impossible if b is read first. Read a first, and it is possible. In some
// rounds writer and reader yield between their two steps, so that more of the outcomes show; how
// often each one does is chance, and a zero in a table proves nothing. The edge does.
#include <weft/weft.h>

#include <cstdio>

// [program]
constexpr int k_rounds = 2000;

int plain_a_published_by_b() {
  int right = 0;
  for (int round = 0; round < k_rounds; ++round) {
    weft::var<int> a = 0;
    weft::atomic<int> b = 0;
    weft::wait_group writer;
    writer.go([&] {
      a = 1;
      b = 2;
    });
    while (b != 2) weft::yield();
    if (a == 1) ++right;  // no race: read only after b said so
    writer.wait();
  }
  return right;
}

struct outcomes {
  int times[2][2] = {};  // [b == 2][a == 1]
};

outcomes look_once(bool b_first) {
  outcomes seen;
  for (int round = 0; round < k_rounds; ++round) {
    weft::atomic<int> a = 0, b = 0;
    weft::wait_group both;
    both.go([&] {
      a = 1;
      if (round % 2 == 0) weft::yield();
      b = 2;
    });
    both.go([&] {
      const int first = b_first ? b : a;
      if (round % 3 == 0) weft::yield();
      const int second = b_first ? a : b;
      const bool b_is_2 = (b_first ? first : second) == 2;
      const bool a_is_1 = (b_first ? second : first) == 1;
      ++seen.times[b_is_2][a_is_1];
    });
    both.wait();
  }
  return seen;
}

int main() {
  return weft::run([] {
    std::printf("b is 2, then a is 1: %d of %d times\n", plain_a_published_by_b(), k_rounds);

    const outcomes b_first = look_once(true), a_first = look_once(false);
    std::printf("outcome     b read first    a read first\n");
    for (int b = 0; b < 2; ++b) {
      for (int a = 0; a < 2; ++a)
        std::printf("b=%d a=%d %15d %15d\n", 2 * b, a, b_first.times[b][a], a_first.times[b][a]);
    }
  });
}
// [end]

// Output pattern:
// b is 2, then a is 1: 2000 of 2000 times
// outcome     b read first    a read first
// b=0 a=0 <n> <n>
// b=0 a=1 <n> <n>
// b=2 a=0               0 <n>
// b=2 a=1 <n> <n>
