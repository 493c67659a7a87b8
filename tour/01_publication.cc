// SPDX-License-Identifier: Apache-2.0
// Lesson 1: publication through a flag
//
// Two accesses to one variable, at least one of them a write, from two goroutines: either something
// orders them, or they are a data race and the program means nothing. What orders them is an edge
// of the memory model (docs/memory_model.md), and every edge has a from and a to. Here are three:
//     channel    what came before the close is seen by whoever finds the channel closed
//     mutex      what came before an unlock is seen after every later lock
//     atomic     what came before a store is seen by whoever loads what was stored
// Each makes `data = 42` come before the read of data, and then 42 is the only outcome there is.
// Data itself stays a plain variable: it is never touched by two at once.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

// [program]
struct by_channel {
  weft::var<int> data = 0;
  weft::chan<void> ready = weft::make_chan<void>();

  void write() {
    data = 42;
    ready.close();
  }
  int read() {
    ready.recv();
    return data;
  }
};

struct by_mutex {
  weft::mutex lock;  // guards data and ready
  weft::var<int> data = 0;
  weft::var<bool> ready = false;

  void write() {
    std::scoped_lock hold(lock);
    data = 42;
    ready = true;
  }
  int read() {
    for (;; weft::yield()) {
      std::scoped_lock hold(lock);
      if (ready) return data;
    }
  }
};

struct by_atomic {
  weft::var<int> data = 0;
  weft::atomic<bool> ready = false;  // the wrong program, with one word changed

  void write() {
    data = 42;
    ready = true;
  }
  int read() {
    while (!ready) weft::yield();
    return data;
  }
};

template <class Publication>
int right_reads() {
  int right = 0;
  for (int round = 0; round < 1000; ++round) {
    Publication p;
    weft::wait_group writer;
    writer.go([&p] { p.write(); });
    if (p.read() == 42) ++right;
    writer.wait();
  }
  return right;
}

int main() {
  return weft::run([] {
    std::printf("channel: 42 in %d of 1000 rounds\n", right_reads<by_channel>());
    std::printf("mutex:   42 in %d of 1000 rounds\n", right_reads<by_mutex>());
    std::printf("atomic:  42 in %d of 1000 rounds\n", right_reads<by_atomic>());
  });
}
// [end]

// Output:
// channel: 42 in 1000 of 1000 rounds
// mutex:   42 in 1000 of 1000 rounds
// atomic:  42 in 1000 of 1000 rounds
