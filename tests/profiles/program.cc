// SPDX-License-Identifier: Apache-2.0
// program.cc: a program with one hot lock and one blocked pipeline, which measures by itself how
// long its goroutines wait for them. pprof_test.py profiles it and compares.
//
// Prints the server's port, then runs; for each line on standard input it prints what it has
// measured so far, while it does nothing: "NAME COUNT NANOSECONDS" for each place, then ".".

#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

namespace {

using clock_type = std::chrono::steady_clock;

// What goroutines have waited at one place; counted as the profile counts.
struct measured {
  const char* name;
  weft::atomic<std::int64_t> count{0};
  weft::atomic<std::int64_t> ns{0};
};
measured g_lock{"lock"};      // from asking for the lock to having it
measured g_unlock{"unlock"};  // from asking for the lock to the unlock that gave it
measured g_send{"send"};
measured g_recv{"recv"};

template <class F>
void measure(measured& m, F&& f) {
  auto begin = clock_type::now();
  f();
  m.ns += std::chrono::nanoseconds(clock_type::now() - begin).count();
  ++m.count;
}

void work_for(std::chrono::milliseconds time) {
  weft::blocking([=] { std::this_thread::sleep_for(time); });
}

weft::mutex g_ledger;
clock_type::time_point g_unlocked;  // guarded by g_ledger

[[gnu::noinline]] void update_the_ledger() {
  auto begin = clock_type::now();
  measure(g_lock, [] { g_ledger.lock(); });
  if (g_unlocked > begin) {
    g_unlock.ns += std::chrono::nanoseconds(g_unlocked - begin).count();
    ++g_unlock.count;
  }
  work_for(std::chrono::milliseconds(8));
  g_unlocked = clock_type::now();
  g_ledger.unlock();
  asm volatile("");
}

[[gnu::noinline]] void feed_the_pipeline(const weft::chan<int>& out) {
  measure(g_send, [&] { out.send(1); });
  asm volatile("# 1");
}

[[gnu::noinline]] void wait_for_the_slow_stage(const weft::chan<int>& in) {
  measure(g_recv, [&] { static_cast<void>(in.recv()); });
  asm volatile("");
}

struct phase {
  weft::mutex guard;
  weft::condition_variable changed;
  bool runs = false;
  int busy = 0;

  [[gnu::noinline]] bool begin() {
    std::unique_lock hold(guard);
    changed.wait(hold, [&] { return runs; });
    ++busy;
    return true;
  }
  void end() {
    std::unique_lock hold(guard);
    --busy;
    changed.notify_all();
  }
  void start() {
    std::unique_lock hold(guard);
    runs = true;
    changed.notify_all();
  }
  void stop() {
    std::unique_lock hold(guard);
    runs = false;
    changed.wait(hold, [&] { return busy == 0; });
  }
};
phase g_phase;

void run_workers() {
  for (int i = 0; i < 4; ++i) {
    weft::go([] {
      while (g_phase.begin()) {
        update_the_ledger();
        g_phase.end();
      }
    });
  }
  auto slow = weft::make_chan<int>();
  auto results = weft::make_chan<int>();
  weft::go([=] {
    while (g_phase.begin()) {
      feed_the_pipeline(slow);
      wait_for_the_slow_stage(results);
      g_phase.end();
    }
  });
  weft::go({.name = "slow stage"}, [=] {
    weft::debug::set_labels({{"stage", "slow"}});
    for (int n : slow) {
      work_for(std::chrono::milliseconds(20));
      results.send(n);
      work_for(std::chrono::milliseconds(20));
    }
  });
}

// Burns CPU time under a label, so that a CPU profile has something to show.
[[gnu::noinline]] void spin_the_wheel(unsigned& x) {
  for (int i = 0; i < 100000; ++i) {
    x = x * 1664525 + 1013904223;
    asm volatile("" : "+r"(x));
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool burn = argc > 1 && std::string(argv[1]) == "burn";
  weft::debug::server server = weft::debug::serve("127.0.0.1:0");
  std::printf("%u\n", server.port());
  std::fflush(stdout);
  return weft::run([&] {
    if (burn) {
      weft::go([] {
        weft::debug::set_labels({{"wheel", "big"}});
        for (unsigned x = 0;; weft::yield()) spin_the_wheel(x);
      });
    }
    run_workers();
    weft::debug::set_mutex_profile_fraction(1);
    weft::debug::set_block_profile_rate(1);
    std::string line;
    for (;;) {
      g_phase.start();
      weft::blocking([&] { std::getline(std::cin, line); });
      if (!std::cin) return;
      g_phase.stop();
      for (measured* m : {&g_lock, &g_unlock, &g_send, &g_recv})
        std::printf("%s %lld %lld\n", m->name, static_cast<long long>(m->count.load()),
                    static_cast<long long>(m->ns.load()));
      std::puts(".");
      std::fflush(stdout);
      if (line == "pause") weft::blocking([&] { std::getline(std::cin, line); });
    }
  });
}
