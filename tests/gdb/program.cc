// SPDX-License-Identifier: Apache-2.0
// What gdb is tested on: goroutines parked in known functions, and one of each type with a printer.
#include <weft/weft.h>

#include <csignal>
#include <cstring>

namespace {

[[gnu::noinline]] void keep(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

[[gnu::noinline]] void waits_for_a_value(const weft::chan<int>& numbers) {
  keep(&numbers);
  static_cast<void>(numbers.recv());
  keep(&numbers);
}

[[gnu::noinline]] void waits_for_the_lock(weft::mutex& guard) {
  keep(&guard);
  guard.lock();
  keep(&guard);
}

}  // namespace

extern "C" [[gnu::noinline]] void stop_here() { asm volatile(""); }

int main(int argc, char** argv) {
  return weft::run([&] {
    auto numbers = weft::make_chan<int>();
    auto buffered = weft::make_chan<int>(4);
    weft::chan<int> none;
    weft::mutex guard;
    weft::mutex idle;
    weft::shared_mutex table;
    weft::shared_mutex shared;
    weft::wait_group workers;
    auto [ctx, cancel] = weft::with_cancel(weft::background());
    buffered.send(1);
    buffered.send(2);
    guard.lock();
    table.lock();
    shared.lock_shared();
    workers.add(3);
    weft::go({.name = "reader"}, [&] { waits_for_a_value(numbers); });
    weft::go({.name = "locker"}, [&] { waits_for_the_lock(guard); });
    weft::go({.name = "joiner"}, [&] { workers.wait(); });
    for (int i = 0; i < 1000; ++i) weft::yield();
    while (weft::num_goroutines() < 4) weft::yield();
    weft::sleep_for(std::chrono::milliseconds(20));
    for (const void* p : {static_cast<const void*>(&none), static_cast<const void*>(&idle),
                          static_cast<const void*>(&ctx), static_cast<const void*>(&shared)}) {
      keep(p);
    }
    if (argc > 1 && std::strcmp(argv[1], "abort") == 0) std::raise(SIGABRT);
    stop_here();
    cancel();
    return 0;
  });
}
