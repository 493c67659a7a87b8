// SPDX-License-Identifier: Apache-2.0
// Lesson 24: finding the lock that is hot
//
// A program that does not get faster with more processors has something that all wait for. Do not
// guess which lock it is; measure how long is waited for each. Here this is done by hand: a lock
// that cannot be had at once is timed until it can. The server has a lock for each session, taken
// just as often as the lock of the log that they share, and only one of them is hot.
//
// What makes a lock hot is rarely the number of times it is taken. It is how long it is held, and
// by how many it is wanted. The first version formats its line, which here goes as far as to let
// others run, with the log locked. The second does that before, and holds the lock for the append
// alone. The waiting is the sum over eight goroutines, so it may well exceed the time that passes.
//
// Not yet in this version: the mutex profile and the block profile, taken over HTTP from the
// running program, whose top entry is the line that unlocks the hot lock.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

// [program]
using milliseconds = std::chrono::duration<double, std::milli>;

class timed_mutex {
 public:
  void lock() {
    if (lock_.try_lock()) return;
    const auto start = weft::clock::now();
    lock_.lock();
    waited_ += weft::clock::now() - start;
  }
  void unlock() { lock_.unlock(); }
  milliseconds waited() const { return waited_; }

 private:
  weft::mutex lock_;  // guards waited_ too
  weft::clock::duration waited_{};
};

struct session {
  timed_mutex lock;  // guards requests
  int requests = 0;
};

struct log_book {
  timed_mutex lock;  // guards lines
  std::vector<std::string> lines;
};

std::string format(int n) {
  std::string line;
  for (int i = 0; i < 100; ++i) line.append(std::to_string(n + i)).append(" ");
  weft::yield();  // as anything would that has to wait
  return line;
}

void slow_log(log_book& book, int n) {
  std::scoped_lock hold(book.lock);
  book.lines.push_back(format(n));
}

void quick_log(log_book& book, int n) {
  std::string line = format(n);
  std::scoped_lock hold(book.lock);
  book.lines.push_back(std::move(line));
}

void serve(const char* name, void (*log)(log_book&, int)) {
  log_book book;
  std::vector<session> sessions(8);
  const auto start = weft::clock::now();
  weft::wait_group all;
  for (session& mine : sessions) {
    all.go([&book, &mine, log] {
      for (int n = 0; n < 250; ++n) {
        {
          std::scoped_lock hold(mine.lock);
          ++mine.requests;
        }
        log(book, n);
      }
    });
  }
  all.wait();
  const milliseconds took = weft::clock::now() - start;
  milliseconds sessions_waited{};
  for (session& s : sessions) sessions_waited += s.lock.waited();
  std::printf("%s: %zu lines, %.2f ms\n", name, book.lines.size(), took.count());
  std::printf("  waited for the session locks: %6.2f ms\n", sessions_waited.count());
  std::printf("  waited for the log's lock:    %6.2f ms\n", book.lock.waited().count());
}

int main() {
  return weft::run([] {
    serve("formats under the lock", slow_log);
    serve("formats before the lock", quick_log);
  });
}
// [end]

// Output pattern:
// formats under the lock: 2000 lines, <n> ms
//   waited for the session locks:   0.00 ms
//   waited for the log's lock: <n> ms
// formats before the lock: 2000 lines, <n> ms
//   waited for the session locks:   0.00 ms
//   waited for the log's lock: <n> ms
