// SPDX-License-Identifier: Apache-2.0
// Out of memory, out of threads, environment variables, options, how a process ends.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/select.h>
#include <weft/time.h>
#include <weft/wait_group.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <system_error>

#include "misuse/cases.h"

using namespace misuse;

namespace {

void allow_address_space(std::size_t more) {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages;
  const rlim_t limit = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit set{limit, RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &set) != 0) std::perror("setrlimit");
}

void allow_all_address_space() {
  const rlimit set{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_AS, &set);
}

// Starts n goroutines and waits for them: the runtime is unharmed.
void prove_alive(int n) {
  weft::wait_group wg;
  std::atomic<int> ran = 0;
  for (int i = 0; i < n; ++i) {
    wg.go([&] {
      weft::yield();
      ++ran;
    });
  }
  wg.wait();
  std::printf("ran %d\n", ran.load());
}

[[gnu::noinline]] int recurses(int n) {
  volatile char frame[500];
  frame[n % 500] = 1;
  return n == 0 ? 0 : recurses(n - 1) + frame[n % 500];
}

}  // namespace

MISUSE(out_of_memory) {
  return weft::run([] {
    const auto stop = weft::make_chan<void>();
    std::atomic<int> living = 0;
    allow_address_space(std::size_t{64} << 20);
    bool refused = false;
    int started = 0;
    while (!refused && started < 10000000) {
      try {
        weft::go([stop, &living] {
          ++living;
          static_cast<void>(stop.recv());
          --living;
        });
        ++started;
      } catch (const std::bad_alloc&) {
        refused = true;
      } catch (const std::system_error&) {
        refused = true;
      }
    }
    allow_all_address_space();
    std::puts(refused ? "refused" : "never refused");
    while (living < started) weft::sleep_for(1ms);
    prove_alive(100);
    stop.close();
    while (living > 0) weft::sleep_for(1ms);
    prove_alive(10000);
  });
}
MISUSE(out_of_memory_large_stack) {
  return weft::run([] {
    allow_address_space(std::size_t{256} << 20);
    try {
      weft::go({.name = "huge", .stack_size = std::size_t{1} << 40}, [] { std::puts("started"); });
      std::puts("never refused");
    } catch (const std::bad_alloc&) {
      std::puts("refused");
    } catch (const std::system_error&) {
      std::puts("refused");
    }
    prove_alive(1000);
  });
}
MISUSE(out_of_threads) {
  // RLIMIT_NPROC does not bind root.
  if (geteuid() == 0 && setuid(65534) != 0) std::perror("setuid");
  return weft::run([] {
    prove_alive(10);
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_NPROC, &none) != 0) std::perror("setrlimit");
    int refused = 0;
    try {
      weft::set_procs(8);
    } catch (const std::system_error&) {
      ++refused;
    }
    for (int i = 0; i < 100; ++i) {
      try {
        weft::go([] { weft::blocking([] { usleep(100); }); });
      } catch (const std::system_error&) {
        ++refused;
      }
    }
    while (weft::num_goroutines() > 1) weft::sleep_for(1ms);
    std::printf("ended, refused %s\n", refused > 0 ? "some" : "none");
    prove_alive(1000);
  });
}

MISUSE(too_many_blocked_threads) {
  return weft::run([] {
    for (int i = 0; i < 11'000; ++i) {
      weft::go([] {
        try {
          weft::blocking([] {
            for (;;) pause();
          });
        } catch (const std::system_error&) {
          std::puts("refused");
          std::fflush(stdout);
          std::_Exit(0);
        }
      });
    }
    weft::sleep_for(1h);
  });
}

MISUSE(print_procs) {
  return weft::run([] { std::printf("procs %u\n", weft::procs()); });
}
MISUSE(print_procs_outside) {
  std::printf("procs %u\n", weft::procs());
  return 0;
}
MISUSE(options_procs) {
  return weft::run([] { std::printf("procs %u\n", weft::procs()); }, {.procs = 3});
}
MISUSE(recurse_in_main) {
  return weft::run([] { std::printf("depth %d\n", recurses(10000)); });
}
MISUSE(recurse_in_goroutine) {
  return weft::run([] {
    weft::wait_group wg;
    wg.go([] { std::printf("depth %d\n", recurses(10000)); });
    wg.wait();
  });
}
MISUSE(options_stack_size) {
  return weft::run([] { std::printf("depth %d\n", recurses(10000)); },
                   {.stack_size = std::size_t{32} << 20});
}

MISUSE(result_is_exit_status) {
  return weft::run([] { return 7; });
}
MISUSE(exit_in_goroutine) {
  return weft::run([] {
    weft::go([] { std::exit(3); });
    static_cast<void>(weft::make_chan<int>().recv());
  });
}
MISUSE(main_returns_others_blocked) {
  struct loud {
    ~loud() { std::puts("unwound"); }
  };
  return weft::run([] {
    for (int i = 0; i < 5; ++i) {
      weft::go([] {
        const loud l;
        static_cast<void>(weft::make_chan<int>().recv());
      });
    }
    for (int i = 0; i < 2; ++i) {
      weft::go([] {
        for (;;) weft::yield();
      });
    }
    weft::sleep_for(5ms);
    std::puts("main returns");
    return 4;
  });
}
MISUSE(static_objects_use_weft) {
  static const struct at_exit {
    weft::chan<int> c = weft::make_chan<int>(1);
    ~at_exit() {
      c.send(5);
      std::printf("at exit %d\n", c.recv().value());
    }
  } object;
  return weft::run([] { return object.c.size() == 0 ? 0 : 1; });
}
