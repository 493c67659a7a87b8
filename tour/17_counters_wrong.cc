// SPDX-License-Identifier: Apache-2.0
// Lesson 17, wrong: a counter that everybody adds to
//
// Ten goroutines add to one plain int, each 1000 times. Every `+=` is a data race with those of the
// nine others. Run it on one processor and it may well print 10000: a test that passes says nothing
// about a race. A count of wrong results would say as little; the program has no meaning to count.
//
// The race build reports `total_ += n` as a race with itself. So does the checker:
// 17_counters_check.cc.
#include <weft/weft.h>

#include <cstdio>

// [program]
class unsafe_counter {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }

 private:
  weft::var<int> total_ = 0;
};

int main() {
  return weft::run([] {
    unsafe_counter counter;
    weft::wait_group all;
    for (int g = 0; g < 10; ++g) {
      all.go([&counter] {
        for (int i = 0; i < 1000; ++i) counter.add(1);
      });
    }
    all.wait();
    std::printf("%d\n", counter.total());
  });
}
// [end]

// Not run: A data race is undefined behaviour in C++. Only the race build runs this program.
