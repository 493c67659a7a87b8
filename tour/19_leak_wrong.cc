// SPDX-License-Identifier: Apache-2.0
// Lesson 19, wrong: a sender without a receiver
//
// A question is put to a goroutine, with a time limit for the answer. When time is up the asker
// goes its way, and nobody receives any more. The goroutine comes to its send, and stays there for
// ever, with its stack and all that it holds: a leak. One of them is nothing; one for each slow
// request is an outage at night. No deadlock is reported, since the rest of the program goes on.
//
// What tells today: a count of goroutines that grows, and a dump (or kill -QUIT), in which the same
// `chan send` line stands again and again. Give goroutines names; here it is "slow server". In a
// build with AddressSanitizer, LeakSanitizer reports at exit the memory that such goroutines hold.
//
// Not yet in this version: the leak report, which tells those that can never go on from those that
// merely wait.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>
#include <sstream>
#include <string>

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

std::string dump() {
  std::ostringstream out;
  weft::debug::dump_goroutines(out);
  return out.str();
}

int main() {
  return weft::run([] {
    auto busy = weft::make_chan<void>();
    std::printf("the answer %s\n", ask(busy, 5ms) ? "is 42" : "did not come in time");
    busy.close();

    std::string text = dump();
    while (text.find("[chan send") == std::string::npos) {
      weft::yield();  // until it has come to its send
      text = dump();
    }
    std::printf("%zu goroutines\n", weft::num_goroutines());
    std::fputs(text.c_str(), stderr);
  });
}
// [end]

// Output:
// the answer did not come in time
// 2 goroutines
// Error output:
// goroutine 2 [chan send, name: slow server...]:
// ...19_leak_wrong.cc:...
