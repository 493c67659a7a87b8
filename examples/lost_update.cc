// SPDX-License-Identifier: Apache-2.0
// Proves that two goroutines lose an update: weft::check runs the body in every order that makes a
// difference. Built with the target weft::check.
#include <weft/check.h>
#include <weft/weft.h>

#include <iostream>

// [program]
int main() {
  std::cout << weft::check::explore([] {
    int hits = 0;
    weft::wait_group both;
    for (int i = 0; i < 2; ++i) both.go([&] { ++hits; });
    both.wait();
  });
}
// [end]

// Output pattern:
// weft::check: FAILED (data race), random, 1 execution in <n> s, not complete
// data race
//   read of 4 bytes by g2:
//       main::{lambda#1}::{lambda#1}::operator() at lost_update.cc:14
//       started by main at lost_update.cc:14
//   not ordered after the earlier write of 4 bytes by g1:
//       main::{lambda#1}::{lambda#1}::operator() at lost_update.cc:14
//       started by main at lost_update.cc:14
// schedule:
//        main                    g1                 g2
//     1  wait_group::add #1: +1                                       lost_update.cc:14
//     2  go g1                                                        lost_update.cc:14
//                                ** write: RACE **                    lost_update.cc:14
//     3  wait_group::add #1: +1                                       lost_update.cc:14
//     4  go g2                                                        lost_update.cc:14
//                                                   ** read: RACE **  lost_update.cc:14
// replay with WEFT_REPLAY='w1:00796a1c:' ...lost_update
