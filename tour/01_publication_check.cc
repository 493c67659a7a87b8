// SPDX-License-Identifier: Apache-2.0
// Lesson 1, checked: publication through a flag
//
// Linked to weft::check instead of weft::weft, a program runs under the checker, which does not
// wait for luck. check::outcomes runs a body again and again, until it has seen all that the
// contract permits: every order of the steps of its goroutines, and for every read of a weft::var
// that races every value that the memory model lets it find, whatever this machine would do.
//
// First the reader looks once. A plain flag permits four outcomes, and (1, 0) is one of them: the
// flag is up, and data is not there. An atomic flag takes that one away. Then the reader waits. The
// plain flag still permits 0; each of the three repairs permits 42 alone.
//
// Last, a schedule that leads to (1, 0). Time runs downwards, each goroutine has its column, #1 is
// data and #2 is ready. main reads last of all. It finds the new flag and the old data, because
// nothing says that it must not.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace check = weft::check;

// [program]
template <class Flag>
std::pair<bool, int> look_once() {
  weft::var<int> data = 0;
  Flag ready = false;
  weft::wait_group writer;
  writer.go([&] {
    data = 42;
    ready = true;
  });
  const bool up = ready;
  const int found = data;
  writer.wait();
  return {up, found};
}

template <class Flag>
int by_flag() {
  weft::var<int> data = 0;
  Flag ready = false;
  weft::wait_group writer;
  writer.go([&] { data = 42, ready = true; });
  while (!ready) weft::yield();
  const int found = data;
  writer.wait();
  return found;
}

int by_channel() {
  weft::var<int> data = 0;
  auto ready = weft::make_chan<void>();
  weft::go([&data, ready] { data = 42, ready.close(); });
  ready.recv();
  return data;
}

int by_mutex() {
  weft::mutex lock;  // guards data and ready
  weft::var<int> data = 0;
  weft::var<bool> ready = false;
  weft::go([&] {
    std::scoped_lock hold(lock);
    data = 42, ready = true;
  });
  for (;; weft::yield()) {
    std::scoped_lock hold(lock);
    if (ready) return data;
  }
}

void one_look(const char* name, std::pair<bool, int> (*body)()) {
  std::printf("%-12s", name);
  for (const auto& [seen, times] : check::outcomes<std::pair<bool, int>>(body))
    std::printf(" (%d, %d)", seen.first, seen.second);
  std::printf("\n");
}

void waiting(const char* name, int (*body)()) {
  std::printf("%-12s", name);
  for (const auto& [data, times] : check::outcomes<int>(body)) std::printf(" %d", data);
  std::printf("\n");
}

int main() {
  std::printf("one look at (ready, data) finds\n");
  one_look("plain flag", look_once<weft::var<bool>>);
  one_look("atomic flag", look_once<weft::atomic<bool>>);
  std::printf("who waits for ready finds data\n");
  waiting("plain flag", by_flag<weft::var<bool>>);
  waiting("atomic flag", by_flag<weft::atomic<bool>>);
  waiting("channel", by_channel);
  waiting("mutex", by_mutex);

  auto never = [] {
    check::expect(look_once<weft::var<bool>>() != std::pair(true, 0), "never (1, 0)");
    return 0;
  };
  std::printf("%s", check::outcomes<int>(never, check::go, {}).how.failures.at(0).text.c_str());
}
// [end]

// Output pattern:
// one look at (ready, data) finds
// plain flag   (0, 0) (0, 42) (1, 0) (1, 42)
// atomic flag  (0, 0) (0, 42) (1, 42)
// who waits for ready finds data
// plain flag   0 42
// atomic flag  42
// channel      42
// mutex        42
// failed: never (1, 0)
//   in main:
//       main::{lambda#1}::operator() at ...
// schedule:
//        main                             g1
//     1  wait_group::add #3: +1 ...
//     2  go g1 ...
//        ... interrupted: it could go on
//     3                                   write #1: 42 ...
//     4                                   write #2: 1 ...
//     5                                   wait_group::add #3: -1
//                                         ... ends
//     6  read #2: 1 ...
//     7  read #1: 0 (not the last write) ...
//     8  wait_group::wait #3 ...
//        ** FAILS ** ...
