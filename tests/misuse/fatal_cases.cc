// SPDX-License-Identifier: Apache-2.0
// Uncaught panics and exceptions, fatal misuse, stack overflow, signals, fork.
#include <weft/chan.h>
#include <weft/debug.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/shared_mutex.h>
#include <weft/time.h>
#include <weft/wait_group.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "misuse/cases.h"

[[gnu::noinline]] void sends_on_closed() {
  const auto c = weft::make_chan<int>();
  c.close();
  c.send(1);
}

[[gnu::noinline]] void unlocks_what_is_not_locked() {
  weft::mutex m;
  try {
    m.unlock();
  } catch (...) {
    std::puts("caught");
  }
}

[[gnu::noinline]] int recurses_for_ever(int n) {
  volatile char frame[200];
  frame[n % 200] = static_cast<char>(n);
  return n < 0 ? n : recurses_for_ever(n + 1) + frame[n % 200];
}

[[gnu::noinline]] char leaps_over(int n) {
  volatile char frame[1 << 24];
  frame[0] = 1;
  frame[n] = 2;
  return frame[0];
}

[[gnu::noinline]] bool spins() {
  asm volatile("");
  return true;
}

[[gnu::noinline]] void waits_in_a_named_function(const weft::chan<int>& c) {
  static_cast<void>(c.recv());
  std::puts("received");
}

using namespace misuse;

namespace {
bool dump_has(const char* part) {
  std::ostringstream out;
  weft::debug::dump_goroutines(out);
  return std::move(out).str().find(part) != std::string::npos;
}
}  // namespace

// The mains below sleep for an hour where they must not return before the misuse.

MISUSE(panic_main) {
  return weft::run([] { sends_on_closed(); });
}
MISUSE(panic_goroutine) {
  return weft::run([] {
    weft::go({.name = "culprit"}, [] { sends_on_closed(); });
    weft::sleep_for(1h);
  });
}
MISUSE(panic_close_of_nil) {
  return weft::run([] { weft::chan<int>{}.close(); });
}
MISUSE(panic_negative_counter) {
  return weft::run([] {
    weft::wait_group wg;
    wg.done();
  });
}
MISUSE(panic_in_wait_group_go) {
  return weft::run([] {
    weft::wait_group wg;
    wg.go([] { sends_on_closed(); });
    wg.wait();
    std::puts("waited");
    weft::sleep_for(1h);
  });
}
MISUSE(panic_in_after_func) {
  return weft::run([] {
    weft::after_func(1ms, [] { sends_on_closed(); });
    weft::sleep_for(1h);
  });
}
MISUSE(panic_while_main_returns) {
  return weft::run([] {
    const auto started = weft::make_chan<void>();
    weft::go([=] {
      started.close();
      throw std::runtime_error("late");
    });
    static_cast<void>(started.recv());
  });
}
MISUSE(exception_main) {
  return weft::run([]() -> int { throw std::runtime_error("disk full"); });
}
MISUSE(exception_goroutine) {
  return weft::run([] {
    weft::go([] { throw std::runtime_error("disk full"); });
    weft::sleep_for(1h);
  });
}
MISUSE(exception_not_std) {
  return weft::run([] {
    weft::go([] { throw 42; });
    weft::sleep_for(1h);
  });
}
MISUSE(exception_that_yields) {
  struct yields : std::exception {
    [[nodiscard]] const char* what() const noexcept override {
      weft::yield();
      weft::sleep_for(2ms);
      weft::yield();
      return "said after yielding";
    }
  };
  return weft::run([] {
    weft::go([] { throw yields(); });
    static_cast<void>(weft::make_chan<int>().recv());
  });
}

MISUSE(unlock_of_unlocked) {
  return weft::run([] { unlocks_what_is_not_locked(); });
}
MISUSE(unlock_twice) {
  return weft::run([] {
    weft::mutex m;
    m.lock();
    m.unlock();
    m.unlock();
  });
}
MISUSE(rw_unlock_of_unlocked) {
  return weft::run([] {
    weft::shared_mutex m;
    m.unlock();
  });
}
MISUSE(rw_unlock_of_read_locked) {
  return weft::run([] {
    weft::shared_mutex m;
    m.lock_shared();
    m.unlock();
  });
}
MISUSE(rw_runlock_of_unlocked) {
  return weft::run([] {
    weft::shared_mutex m;
    m.unlock_shared();
  });
}
MISUSE(rw_runlock_of_write_locked) {
  return weft::run([] {
    weft::shared_mutex m;
    m.lock();
    m.unlock_shared();
  });
}
MISUSE(rw_runlock_twice) {
  return weft::run([] {
    weft::shared_mutex m;
    m.lock_shared();
    m.unlock_shared();
    m.unlock_shared();
  });
}
MISUSE(rw_runlock_after_many_readers) {
  return weft::run([] {
    weft::shared_mutex m;
    for (int i = 0; i < 5000; ++i) {
      m.lock_shared();
      m.unlock_shared();
    }
    m.unlock_shared();
  });
}
MISUSE(unlock_from_a_thread) {
  unlocks_what_is_not_locked();
  return 0;
}
MISUSE(go_empty_function) {
  return weft::run([] {
    weft::go(std::function<void()>{});
    weft::sleep_for(1h);
  });
}
MISUSE(go_null_pointer) {
  return weft::run([] {
    void (*nothing)(int) = nullptr;
    weft::go(nothing, 1);
    weft::sleep_for(1h);
  });
}

// R14
MISUSE(overflow_goroutine) {
  return weft::run([] {
    weft::go({.name = "deep-one"}, [] { std::printf("%d\n", recurses_for_ever(0)); });
    weft::sleep_for(1h);
  });
}
MISUSE(overflow_main) {
  return weft::run([] { std::printf("%d\n", recurses_for_ever(0)); });
}
MISUSE(overflow_large_frame) {
  return weft::run([] { std::printf("%d\n", leaps_over(77)); });
}
MISUSE(plain_segfault) {
  return weft::run([] {
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
  });
}

MISUSE(sigquit_waiting) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go({.name = "waiter"}, [=] { waits_in_a_named_function(c); });
    weft::go({.name = "sleeper"}, [] { weft::sleep_for(1h); });
    while (!dump_has("[chan receive") || !dump_has("[sleep")) weft::sleep_for(1ms);
    std::puts("ready");
    std::fflush(stdout);
    weft::select(weft::on_recv(weft::after(1h)), weft::on_recv(c));
  });
}
MISUSE(sigquit_busy) {
  return weft::run([] {
    const auto c = weft::make_chan<int>();
    weft::go([=] { waits_in_a_named_function(c); });
    while (!dump_has("[chan receive")) weft::sleep_for(1ms);
    for (int i = 0; i < 4; ++i) {
      weft::go([] {
        while (spins()) {
        }
      });
    }
    std::puts("ready");
    std::fflush(stdout);
    while (spins()) {
    }
  });
}

// A handler of the program's own, while every thread of it waits.
MISUSE(signal_while_all_wait) {
  std::signal(SIGUSR1, [](int) { std::_Exit(7); });
  return weft::run([] {
    std::puts("ready");
    std::fflush(stdout);
    weft::sleep_for(1h);
  });
}

namespace {
// Of fork(): the child says that it goes on, and the parent how the child ended.
void report(pid_t pid) {
  if (pid == 0) {
    std::puts("went on");
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  std::printf("child: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

// Forks; the child runs `body`.
template <class F>
void report_child(F body) {
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) body();
  report(pid);
}
}  // namespace

MISUSE(fork_then_go) {
  return weft::run([] {
    report_child([] {
      weft::go([] {});
      std::_Exit(0);
    });
    const auto c = weft::make_chan<int>();
    weft::go([=] { c.send(1); });
    static_cast<void>(c.recv());
    std::puts("parent goes on");
  });
}
MISUSE(fork_then_run) {
  weft::run([] {});
  report_child([] { weft::run([] {}); });
  return weft::run([] { return 3; });
}
// What goes on in a child must not be other goroutines of the parent, nor nothing for ever.
MISUSE(fork_then_receive_in_a_goroutine) {
  return weft::run([] { report_child([] { static_cast<void>(weft::make_chan<int>().recv()); }); });
}
MISUSE(fork_then_sleep_in_a_goroutine) {
  return weft::run([] { report_child([] { weft::sleep_for(1ms); }); });
}
MISUSE(fork_then_yield_in_a_goroutine) {
  return weft::run([] {
    weft::go([] {
      for (;;) weft::yield();
    });
    weft::yield();
    report_child([] { weft::yield(); });
  });
}
MISUSE(fork_within_blocking) {
  return weft::run([] {
    // Long enough for the processor to be given away.
    std::atomic<bool> given{false};
    weft::go([&] { given = true; });
    pid_t pid = -1;
    weft::blocking([&] {
      while (!given) std::this_thread::sleep_for(1ms);
      pid = fork();
    });
    report(pid);
  });
}
MISUSE(fork_then_block) {
  weft::run([] {});
  report_child([] { static_cast<void>(weft::make_chan<int>().recv()); });
  return 0;
}
