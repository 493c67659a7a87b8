// SPDX-License-Identifier: Apache-2.0
// Programs with one thing wrong with them, for the test of the live page:
//   programs hot|leak|deadlock|well
// Prints the port of the debug server, and runs until standard input ends.
#include <weft/debug.h>
#include <weft/weft.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

namespace {

weft::mutex g_hot;
weft::mutex g_first;
weft::mutex g_second;
long g_total = 0;

void burn(std::chrono::microseconds time) {
  auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

void update_total() {
  std::scoped_lock hold(g_hot);
  ++g_total;
  burn(300us);
  weft::yield();
}

void hot() {
  weft::debug::set_mutex_profile_fraction(1);
  for (int i = 0; i < 16; ++i)
    weft::go(weft::go_options{.name = "adder"}, [] {
      for (;;) update_total();
    });
}

void wait_for_reply(weft::chan<int> reply) { reply.recv(); }

void handle_requests() {
  for (;;) {
    weft::go([reply = weft::make_chan<int>()] { wait_for_reply(reply); });
    weft::sleep_for(20ms);
  }
}

void leak() { weft::go(handle_requests); }

void transfer() {
  std::scoped_lock one(g_first);
  weft::sleep_for(20ms);
  std::scoped_lock two(g_second);
}

void audit() {
  std::scoped_lock two(g_second);
  weft::sleep_for(20ms);
  std::scoped_lock one(g_first);
}

void ticking() {
  for (;;) {
    weft::sleep_for(5ms);
    burn(200us);
  }
}

void deadlock() {
  weft::go(weft::go_options{.name = "transfer"}, transfer);
  weft::go(weft::go_options{.name = "audit"}, audit);
  weft::go(ticking);
}

void well() {
  auto jobs = weft::make_chan<int>(16);
  weft::go([jobs]() mutable {
    for (int i = 0;; ++i) {
      jobs.send(i);
      weft::sleep_for(1ms);
    }
  });
  for (int i = 0; i < 4; ++i)
    weft::go([jobs]() mutable {
      while (jobs.recv()) burn(100us);
    });
}

}  // namespace

int main(int argc, char** argv) {
  const char* kind = argc > 1 ? argv[1] : "";
  return weft::run([&]() -> int {
    if (std::strcmp(kind, "hot") == 0) {
      hot();
    } else if (std::strcmp(kind, "leak") == 0) {
      leak();
    } else if (std::strcmp(kind, "deadlock") == 0) {
      deadlock();
    } else if (std::strcmp(kind, "well") == 0) {
      well();
    } else {
      std::fputs("usage: programs hot|leak|deadlock|well\n", stderr);
      return 2;
    }
    weft::debug::server server = weft::debug::serve("127.0.0.1:0");
    std::printf("%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    weft::blocking([] {
      while (std::getchar() != EOF) {
      }
    });
    return 0;
  });
}
