// SPDX-License-Identifier: Apache-2.0
// Lesson 19, wrong: a sender without a receiver
//
// A question is put to a goroutine, with a time limit for the answer. When time is up the asker
// goes its way, and nobody receives any more. The goroutine comes to its send, and stays there for
// ever, with its stack and all that it holds: a leak. One of them is nothing; one for each slow
// request is an outage at night. No deadlock is reported, since the rest of the program goes on.
//
// A debug::leak_guard at the top of a test reports what is left at its end: each goroutine, its
// line and where it was started. Give goroutines names; here it is "slow server". In a process that
// runs, debug::find_leaks() tells those that can never go on from those that merely wait: nobody
// but the goroutine itself has a handle to the channel that it sends to.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

// [program]
std::optional<int> ask(const weft::chan<void>& busy, weft::clock::duration limit) {
  auto answer = weft::make_chan<int>();
  weft::go({.name = "slow server"}, [busy, answer] {
    busy.recv();  // busy for longer than anybody waits
    answer.send(42);
  });

  std::optional<int> given;
  weft::select(weft::on_recv(answer, [&given](std::optional<int> n) { given = n; }),
               weft::on_recv(weft::after(limit)));
  return given;
}

int main() {
  return weft::run([] {
    weft::debug::leak_guard guard([](const weft::debug::leak_report& leaks) {
      std::fputs(leaks.text().c_str(), stderr);  // in a test: ADD_FAILURE() << leaks
    });
    auto busy = weft::make_chan<void>();
    std::printf("the answer %s\n", ask(busy, 5ms) ? "is 42" : "did not come in time");
    busy.close();
    std::printf("%zu goroutines\n", weft::num_goroutines());
  });
}
// [end]

// Output:
// the answer did not come in time
// 2 goroutines
// Error output:
// 1 goroutine...can never go on:
// goroutine 2 [chan send, name: slow server...]:
// ...19_leak_wrong.cc:...
