// SPDX-License-Identifier: Apache-2.0
// speed.cc: how many executions per second, and what memory they take in the long run.
//
// Not a test: run it by hand on a quiet machine.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>

#include <sys/resource.h>
#include <cstdio>

namespace {

namespace check = weft::check;

void store_buffering() {
  struct shared {
    weft::atomic<int> x{0};
    weft::atomic<int> y{0};
  };
  static shared s;
  s.x.store(0);
  s.y.store(0);
  weft::go([] { s.x.store(1), static_cast<void>(s.y.load()); });
  weft::go([] { s.y.store(1), static_cast<void>(s.x.load()); });
}

void critical_sections() {
  static weft::mutex m;
  for (int i = 0; i < 3; ++i) {
    weft::go([] {
      for (int k = 0; k < 3; ++k) {
        m.lock();
        m.unlock();
      }
    });
  }
}

template <class F>
void measure(const char* name, F body, check::strategy_kind how, std::uint64_t n) {
  check::report r = check::explore(body, {.strategy = how, .max_executions = n});
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  std::printf("%-28s %-12s %9llu executions %8.3f s %10.0f /s  %ld KiB\n", name, r.strategy.c_str(),
              static_cast<unsigned long long>(r.executions), r.seconds,
              static_cast<double>(r.executions) / r.seconds, use.ru_maxrss);
}

}  // namespace

int main() {
  for (int i = 0; i < 3; ++i) {
    measure("store buffering", store_buffering, check::random, 1'000'000);
    measure("mutex 3x3", critical_sections, check::random, 300'000);
    measure("mutex 3x3", critical_sections, check::exhaustive, 0);
  }
}
