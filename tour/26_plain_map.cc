// SPDX-License-Identifier: Apache-2.0
// Lesson 26: a map that many goroutines write
//
// The standard containers promise what an int promises: any number of readers, or one writer. For
// more, put the map and its lock into one class, and let nothing out that would be used without the
// lock. That is the difference between a lock beside a map, which everybody has to remember, and a
// map with a lock in it. So find() below gives a copy and not a reference or an iterator; a
// reference would outlive the lock.
//
// Mind what must be one step. "If it is not there, put it in" is one call here, since between a
// find() and a set() of the caller's anybody may come.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <optional>
#include <unordered_map>

// [program]
class square_map {
 public:
  std::optional<int> find(int n) const {
    std::scoped_lock hold(lock_);
    auto found = squares_.find(n);
    if (found == squares_.end()) return std::nullopt;
    return found->second;  // a copy
  }
  // True if it was not there.
  bool add(int n) {
    std::scoped_lock hold(lock_);
    return squares_.try_emplace(n, n * n).second;
  }
  std::size_t size() const {
    std::scoped_lock hold(lock_);
    return squares_.size();
  }

 private:
  mutable weft::mutex lock_;  // guards squares_
  std::unordered_map<int, int> squares_;
};

int main() {
  return weft::run([] {
    square_map squares;
    weft::atomic<int> added = 0, wrong = 0;
    weft::wait_group all;
    for (int g = 0; g < 8; ++g) {
      all.go([&] {
        for (int n = 0; n < 1000; ++n) {  // all eight want the same keys
          if (squares.add(n)) ++added;
          if (squares.find(n) != n * n) ++wrong;
        }
      });
    }
    all.wait();
    std::printf("%zu keys, each added once: %s\n", squares.size(), added == 1000 ? "yes" : "no");
    std::printf("wrong values seen: %d\n", wrong.load());
  });
}
// [end]

// Output:
// 1000 keys, each added once: yes
// wrong values seen: 0
