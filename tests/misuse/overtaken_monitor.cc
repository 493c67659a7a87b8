// SPDX-License-Identifier: Apache-2.0
// A plain thread and a goroutine that change places whenever the monitor, having seen the goroutine
// asleep, is about to see whether the thread is. At no moment both are: no deadlock.
//
// The monitor is held up, as it may be where processors are few, in what it calls of the C library:
// it has counted the threads when it calls closedir(), and asks for the time before its next look.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/time.h>

#include <dirent.h>
#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <ctime>
#include <thread>
#include <utility>

#include "misuse/cases.h"

using namespace misuse;

namespace {

std::atomic<bool> g_on = false;
std::atomic<int> g_counts = 0;    // of threads, by the monitor
std::atomic<int> g_received = 0;  // the count during which the goroutine last got to run
std::atomic<int> g_replied = 0;   // ... during which the thread last got its answer
thread_local int t_count = 0;     // the monitor's own: what it must not overtake

void wait_for(const std::atomic<int>& reached, int count) {
  while (g_on && reached < count) std::this_thread::sleep_for(100us);
}

template <class F>
F* real(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int closedir(DIR* dir) {
  static const auto next = real<int(DIR*)>("closedir");
  if (g_on) {
    t_count = ++g_counts;
    wait_for(g_received, t_count);
    std::this_thread::sleep_for(1ms);  // the thread parks
  }
  return next(dir);
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto next = real<int(clockid_t, timespec*)>("clock_gettime");
  if (t_count != 0) {
    const int count = std::exchange(t_count, 0);
    wait_for(g_replied, count);
    std::this_thread::sleep_for(1ms);  // the goroutine parks
  }
  return next(clock, time);
}

MISUSE(woken_by_thread_in_turns) {
  const auto there = weft::make_chan<int>();
  const auto back = weft::make_chan<int>();
  weft::go([=] {
    for (const int count : there) {
      g_received = count;
      const auto until = weft::clock::now() + 3ms;
      while (weft::clock::now() < until) {
      }
      back.send(count);
    }
  });
  g_on = true;
  const auto until = weft::clock::now() + 500ms;
  while (weft::clock::now() < until) {
    const int count = g_counts;
    if (count == g_replied) continue;
    there.send(count);
    if (back.recv() != count) return 1;
    g_replied = count;
  }
  g_on = false;
  std::puts("received");
  return 0;
}
