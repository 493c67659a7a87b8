// SPDX-License-Identifier: Apache-2.0
// Lesson 5, checked: the chain, spelled out
//
// The checker finds what goes wrong. To see how something goes right, claim that it never happens:
// the schedule that refutes the claim is the proof. Here it is the chain of this lesson. #1 is the
// text, #3 and #4 are the channels. A send of an unbuffered channel and its receive are one step of
// two goroutines, "send #3 -> g1". In the picture every arrow is an edge: follow lines downwards
// and arrows along, from the write in main to the read in g2.
//
// Then one link is broken: goroutine 2 passes the signal on before it has received its own. Each
// goroutine does what it did, and both messages arrive. But there is no path from the write to the
// read any more. g2 may find 0, and the report of the race names both ends of the missing path.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>

namespace check = weft::check;

// [program]
constexpr int k_hello = 42;

int relay(bool in_order) {
  weft::var<int> text = 0;
  int seen = -1;
  auto first = weft::make_chan<void>(), second = weft::make_chan<void>();

  weft::wait_group others;
  others.go([=] {
    if (in_order) first.recv();
    second.send();
    if (!in_order) first.recv();
  });
  others.go([&, second] {
    second.recv();
    seen = text;
  });
  text = k_hello;
  first.send();
  others.wait();
  return seen;
}

void all_outcomes(const char* name, bool in_order) {
  std::printf("%s: g2 reads", name);
  for (const auto& [seen, times] : check::outcomes<int>([=] { return relay(in_order); }))
    std::printf(" %d", seen);
  std::printf("\n");
}

int main() {
  auto claim = [] {
    const int seen = relay(true);
    check::expect(seen != k_hello, "g2 does not read 42");
    return seen;
  };
  const check::report chain = check::outcomes<int>(claim, check::go, {}).how;
  std::printf("%s", chain.failures.at(0).text.c_str());
  if (chain.svg("05_chain.svg")) std::printf("picture: 05_chain.svg\n");

  std::printf("\n");
  all_outcomes("receive, then send", true);
  all_outcomes("send, then receive", false);
  std::printf("%s", check::explore([] { relay(false); }).races.at(0).text.c_str());
}
// [end]

// Output pattern:
// failed: g2 does not read 42
//   in main:
//       ... at ...
// schedule:
//        main                               g1                      g2
//     1  wait_group::add #2: +1 ...
//     2  go g1 ...
//     3  wait_group::add #2: +1 ...
//     4  go g2 ...
//     5  write #1: 42 ...
//     6  send #3 -> g1 ...
//        ... waits: sync.WaitGroup.Wait #2
//     7                                     send #4 -> g2 ...
//     8                                     wait_group::add #2: -1
//                                           ... ends
//     9                                                             read #1: 42 ...
//    10                                                             wait_group::add #2: -1
//                                                                   ... ends
//    11  wait_group::wait #2 ...
//        ** FAILS ** ...
// picture: 05_chain.svg
//
// receive, then send: g2 reads 42
// send, then receive: g2 reads 0 42
// data race
//   read of 4 bytes by g2:
//       ... at ...
//       ... at ...
//   not ordered after the earlier write of 4 bytes by main:
//       relay at ...
//       main::{lambda#2}::operator() at ...
// schedule:
//        main                     g1             g2
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//        ** write: RACE ** ...
//        ... waits: chan send #3
//     5                           send #2 -> g2 ...
//                                                ** read: RACE ** ...
