// SPDX-License-Identifier: Apache-2.0
// Lesson 19, checked: nobody waits without a way out
//
// A goroutine that is blocked when the body has ended, and that nobody is left to wake, fails a
// checked test. No guard has to be put up. The report names the goroutine, what it is blocked in
// and where, and who started it.
//
// The slow server takes ten seconds, and the program no time: under the checker the clock is
// virtual, and moves on when every goroutine is blocked. So a server that answers at once is never
// too late. On a loaded machine it may be; .adversarial_time lets time pass whenever it likes, and
// finds the leak of the quick server, too. With the context both pass, in all schedules.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>

namespace check = weft::check;
using namespace std::chrono_literals;

// [program]
void ask(weft::clock::duration server_takes) {
  auto answer = weft::make_chan<int>();
  weft::go({.name = "server"}, [=] {
    weft::sleep_for(server_takes);
    answer.send(42);
  });
  weft::select(weft::on_recv(answer), weft::on_recv(weft::after(5ms)));
}

void ask_with_context(weft::clock::duration server_takes) {
  auto answer = weft::make_chan<int>();
  weft::cancel_scope limit(weft::background(), 5ms);
  weft::go({.name = "server"}, [=, ctx = limit.ctx()] {
    weft::sleep_for(server_takes);
    static_cast<void>(answer.send(42, ctx));
  });
  answer.recv(limit.ctx());
}

int main() {
  const check::options all{.strategy = check::exhaustive};
  const check::options any_time{.strategy = check::exhaustive, .adversarial_time = true};
  std::printf("slow server: %s\n", check::explore([] { ask(10s); }, all).leaks.at(0).text.c_str());
  auto say = [](const char* what, const check::report& r) {
    std::printf("%s %s\n", what, r.summary().c_str());
  };
  say("quick server:              ", check::explore([] { ask(0s); }, all));
  say("quick server, slow machine:", check::explore([] { ask(0s); }, any_time));
  say("slow, with context:        ", check::explore([] { ask_with_context(10s); }, all));
  say("quick, with context:       ", check::explore([] { ask_with_context(0s); }, any_time));
}
// [end]

// clang-format off
// Output pattern:
// slow server: leak: goroutines are blocked for ever after main has returned
//   g1 (server) [chan send] #1 at ...
//       started by main at ...
// schedule:
//        main            g1 (server)
//     1  go g1 ...
//     2                  sleep ...
//     3  time passes: 5 ms
//                        ... waits: sleep
//     4  select recv #2 ...
//     5  time passes: 9.995 s
//
// quick server:               weft::check: ok, exhaustive, <n> execution... in <n> s, complete
// quick server, slow machine: weft::check: FAILED (leak: goroutines are blocked for ever after main has returned), exhaustive, <n> execution... in <n> s, not complete
// slow, with context:         weft::check: ok, exhaustive, <n> execution... in <n> s, complete
// quick, with context:        weft::check: ok, exhaustive, <n> execution... in <n> s, complete
