// SPDX-License-Identifier: Apache-2.0
// Lesson 9: a map under a shared_mutex
//
// Readers only read, so they may be inside together; a writer must be alone. The edges follow from
// that. Each unlock comes before the return of every later lock and lock_shared: readers see what
// writers wrote. Each unlock_shared comes before the return of the next lock: a writer begins after
// the readers have read. Between one reader and another there is no edge; so a reader must not
// write, not even a counter of its reads, unless that is an atomic.
//
// The first part proves that readers are inside together: two meet over a channel while both hold
// the lock. With a mutex, or with a writer waiting between the two, that would be a deadlock. Never
// wait for another reader under the lock in earnest, and never lock_shared() twice in one
// goroutine.
#include <weft/weft.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

// [program]
class phone_book {
 public:
  void set(int extension, std::string name) {
    std::unique_lock hold(lock_);
    if (++inside_ != 1) ++clashes_;  // readers and writers count themselves: a writer is alone
    names_[extension] = std::move(name);
    if (--inside_ != 0) ++clashes_;
  }
  bool knows(int extension) const {
    std::shared_lock hold(lock_);
    ++inside_;
    const bool found = names_.contains(extension);
    --inside_;
    return found;
  }
  void meet_inside(const weft::chan<void>& door, bool sends) const {
    std::shared_lock hold(lock_);
    if (sends) {
      door.send();
    } else {
      door.recv();
    }
  }
  int clashes() const { return clashes_; }

 private:
  mutable weft::shared_mutex lock_;  // guards names_
  std::map<int, std::string> names_;
  mutable weft::atomic<int> inside_ = 0;  // atomic, because readers write it too
  weft::atomic<int> clashes_ = 0;
};

int main() {
  return weft::run([] {
    phone_book book;
    auto door = weft::make_chan<void>();
    weft::wait_group readers;
    for (bool sends : {true, false}) readers.go([&, sends] { book.meet_inside(door, sends); });
    readers.wait();
    std::printf("two readers have met inside\n");

    weft::atomic<int> missing = 0;
    weft::wait_group all;
    for (int w = 0; w < 4; ++w) {
      all.go([&book, &missing, w] {
        for (int i = 0; i < 250; ++i) {
          book.set(1000 * w + i, "somebody");
          for (int look = 0; look < 9; ++look)
            if (!book.knows(1000 * w + i)) ++missing;
        }
      });
    }
    all.wait();
    std::printf("1000 writes, none with company: %s\n", book.clashes() == 0 ? "yes" : "no");
    std::printf("9000 reads of what was written, not found: %d\n", missing.load());
  });
}
// [end]

// Output:
// two readers have met inside
// 1000 writes, none with company: yes
// 9000 reads of what was written, not found: 0
