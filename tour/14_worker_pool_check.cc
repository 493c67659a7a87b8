// SPDX-License-Identifier: Apache-2.0
// Lesson 14, checked: who closes the results?
//
// Three answers to the question, each with two workers and two jobs.
//     nobody       the loop over the results waits for ever, in every schedule: the first one that
//                  is tried is reported, and who is blocked, in what and where.
//     a worker     that finds no more jobs; but the other one may be about to send. That is a panic
//                  in some schedules and passes in the others. The checker calls it what it is in
//                  all of them: nothing orders the send and the close.
//     who waits    for all workers. All schedules pass, and that is a proof for this many.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <memory>

namespace check = weft::check;

// [program]
enum class closed_by { nobody, a_worker, who_waits };

void pool(closed_by who) {
  auto jobs = weft::make_chan<int>();
  auto results = weft::make_chan<int>();
  auto workers = std::make_shared<weft::wait_group>();

  for (int w = 0; w < 2; ++w) {
    workers->go([=] {
      for (int n : jobs) results.send(2 * n);
      if (who == closed_by::a_worker && w == 0) results.close();
    });
  }
  weft::go([=] {
    for (int n : {1, 2}) jobs.send(n);
    jobs.close();
  });
  if (who == closed_by::who_waits) {
    weft::go([=] {
      workers->wait();
      results.close();
    });
  }
  int sum = 0;
  for (int r : results) sum += r;
  check::expect(sum == 6, "every result is there");
}

check::report explore(closed_by who) {
  return check::explore([=] { pool(who); });
}

int main() {
  std::printf("nobody: %s\n", explore(closed_by::nobody).deadlocks.at(0).text.c_str());
  std::printf("a worker: %s\n", explore(closed_by::a_worker).races.at(0).text.c_str());
  std::printf("who waits: %s\n", explore(closed_by::who_waits).summary().c_str());
}
// [end]

// clang-format off
// Output pattern:
// nobody: deadlock: all goroutines are asleep
//   main [chan receive] #3 at ...
// schedule:
//        main                   g1                     g2                     g3
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//     5  go g3 ...
//        ... waits: chan receive #3                    |                      |
//     6  |                      |                      |                      send #2: 1 -> g1 ...
//     7  |                      |                      |                      send #2: 2 -> g2 ...
//     8  |                      |                      |                      close #2 ...
//        |                      |                      |                      ... ends
//     9  |                      send #3: 2 -> main     | ...
//    10  |                      recv #2: closed        | ...
//    11  |                      wait_group::add #1: -1 |
//        |                      ... ends               |
//    12  |                                             send #3: 4 -> main ...
//    13  |                                             recv #2: closed ...
//    14  |                                             wait_group::add #1: -1
//
// a worker: data race
//   close by g1:
//       ... at ...
//       ... at ...
//   not ordered after the earlier send by g2:
//       pool::{lambda#1}::operator() at ...
//       started by main at ...
// schedule:
//        main              g1                g2                g3
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//     5  go g3 ...
//        ... waits: chan receive #3          |                 |
//     6  |                 |                 |                 send #2: 1 -> g2 ...
//        |                 |                 |                 ... interrupted: it could go on
//     7  |                 |                 send #3: 2 -> main ...
//     8  |                 |                 |                 send #2: 2 -> g2 ...
//     9  |                 |                 |                 close #2 ...
//        |                 |                 |                 ... ends
//    10  |                 |                 send #3: 4 -> main ...
//        |                 |                 ** send: RACE ** ...
//    11  |                 |                 recv #2: closed ...
//    12  |                 |                 wait_group::add #1: -1
//        |                 |                 ... ends
//    13  |                 recv #2: closed ...
//    14  |                 close #3 ...
//        |                 ** close: RACE ** ...
//
// who waits: weft::check: ok, exhaustive, <n> executions in <n> s, complete
