// SPDX-License-Identifier: Apache-2.0
// Lesson 10: once
//
// Ten goroutines ask for something that is to be made by whoever comes first. A once runs the
// function of one of them; the others wait until it has ended, and the end of the function comes
// before the return of every call, theirs too. So all ten see the thing complete, and read it from
// then on without a lock.
//
// A function-local static does as much for threads. But it makes threads wait: a maker that parks,
// as this one does in its receive, could hold up every thread that goroutines run on.
//
// once_value is the same with the value inside. If the maker throws, it gives that exception to
// everybody; with a plain once, only the first call sees it, and the function counts as done.
#include <weft/weft.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

// [program]
struct configuration {
  std::string name;
  std::vector<int> ports;
  bool complete() const { return name == "production" && ports.size() == 3; }
};

int main() {
  return weft::run([] {
    weft::once made;
    std::optional<configuration> the_one;  // written inside made, read after it
    weft::var<int> times_made = 0;         // the same
    auto answers = weft::make_chan<int>();

    weft::atomic<int> complete = 0;
    weft::wait_group askers;
    for (int g = 0; g < 10; ++g) {
      askers.go([&, answers] {
        made.call([&] {
          ++times_made;
          configuration c{.name = "production", .ports = {}};
          for (int port : answers) c.ports.push_back(port);  // parks; the nine others wait
          the_one = std::move(c);
        });
        if (the_one->complete()) ++complete;  // no lock
      });
    }
    for (int port : {80, 443, 8080}) answers.send(port);
    answers.close();
    askers.wait();
    std::printf("asked 10 times, made %d time, complete for %d\n", times_made, complete.load());

    weft::atomic<int> calls = 0;
    auto answer = weft::once_value([&calls] {
      ++calls;
      return 42;
    });
    const int sum = answer() + answer() + answer();
    std::printf("three answers: %d, from %d call\n", sum, calls.load());
  });
}
// [end]

// Output:
// asked 10 times, made 1 time, complete for 10
// three answers: 126, from 1 call
