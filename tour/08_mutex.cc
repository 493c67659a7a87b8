// SPDX-License-Identifier: Apache-2.0
// Lesson 8: a counter under a mutex
//
// Number the sections of code that run under a mutex in the order in which they got it. The unlock
// that ends section n comes before the return of the lock that begins section m, for every m after
// n. So a section sees all that any earlier section wrote, not only the latest one, whoever ran it.
//
// In what order goroutines get the mutex is not promised, only that there is an order. That is
// enough: the counter is right in each, and every section finds exactly the notes of those before.
//
// The edge belongs to the mutex, not to an owner: there is none. One goroutine may lock and another
// unlock, which makes a mutex a signal, as in the last part. A channel says the same more plainly.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

// [program]
class ledger {
 public:
  // True if this section found the writes of all earlier ones.
  bool enter(int who) {
    std::scoped_lock hold(lock_);
    const bool complete = notes_.size() == static_cast<std::size_t>(counter_) &&
                          (notes_.empty() || notes_.back() == last_);
    ++counter_;
    notes_.push_back(who);
    last_ = who;
    return complete;
  }
  int counter() {
    std::scoped_lock hold(lock_);
    return counter_;
  }

 private:
  weft::mutex lock_;  // guards all of these
  weft::var<int> counter_ = 0, last_ = 0;
  std::vector<int> notes_;
};

void a_mutex_as_a_signal() {
  std::string text;
  weft::mutex written;
  written.lock();
  weft::go([&] {
    text = "hello";
    written.unlock();  // unlock number 1 ...
  });
  written.lock();  // ... comes before the return of lock number 2
  std::printf("text is %s\n", text.c_str());
  written.unlock();
}

int main() {
  return weft::run([] {
    ledger book;
    weft::atomic<int> complete = 0;
    weft::wait_group clerks;
    for (int c = 0; c < 10; ++c) {
      clerks.go([&book, &complete, c] {
        for (int i = 0; i < 1000; ++i) complete += book.enter(c) ? 1 : 0;
      });
    }
    clerks.wait();
    std::printf("counter: %d\n", book.counter());
    std::printf("sections that saw all before them: %d\n", complete.load());

    a_mutex_as_a_signal();
  });
}
// [end]

// Output:
// counter: 10000
// sections that saw all before them: 10000
// text is hello
