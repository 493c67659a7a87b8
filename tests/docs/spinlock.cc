// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/spinlock.md.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

namespace {
// [use]
class sequence {
 public:
  long next() {
    std::scoped_lock hold(lock_);
    last_ = last_ * 48271 % 2147483647;
    return last_;
  }

 private:
  weft::spinlock lock_;  // guards last_; held for a handful of instructions
  long last_ = 1;
};
// [end]
}  // namespace

int main() {
  return weft::run([] {
    sequence numbers;
    weft::atomic<int> drawn = 0;
    weft::wait_group all;
    for (int g = 0; g < 4; ++g) {
      all.go([&] {
        for (int i = 0; i < 100; ++i)
          if (numbers.next() >= 0) ++drawn;
      });
    }
    all.wait();
    std::printf("%d drawn\n", drawn.load());
  });
}

// Output:
// 400 drawn
