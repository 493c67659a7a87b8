// SPDX-License-Identifier: Apache-2.0
// Lesson 3: a message over a channel
//
// A send comes before the return of its receive. With the value travels everything that the sender
// did before: all of it is seen by the receiver, in plain memory, without a lock. That is the edge
// to think in first. The message may carry the data, as the crate below, or only say that the data
// is there, as the word "written" does.
//
// The edge has one direction. What the sender does after its send is not covered; so after a send,
// leave alone what went with it. A move-only type turns that rule into a compile error: what has
// been moved into the channel is no longer the sender's to touch. Go says: do not communicate by
// sharing memory; share memory by communicating.
#include <weft/weft.h>

#include <cstdio>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

// [program]
void a_message_says_that_the_data_is_there() {
  std::vector<int> figures;  // plain: no lock, no atomic
  auto message = weft::make_chan<std::string>();

  weft::go([&figures, message] {
    for (int n = 1; n <= 100; ++n) figures.push_back(n);
    message.send("written");  // nothing after this line touches figures
  });
  std::string word = *message.recv();
  std::printf("%s: %zu figures, sum %d\n", word.c_str(), figures.size(),
              std::accumulate(figures.begin(), figures.end(), 0));
}

void a_message_carries_the_data() {
  using crate = std::unique_ptr<std::vector<int>>;
  auto crates = weft::make_chan<crate>();

  weft::go([crates] {
    for (int n = 1; n <= 3; ++n) {
      crate c = std::make_unique<std::vector<int>>();
      for (int i = 0; i < n; ++i) c->push_back(n);
      crates.send(std::move(c));  // c is empty now: the crate has one owner at a time
    }
    crates.close();
  });
  for (crate c : crates) std::printf("a crate of %zu, all %d\n", c->size(), c->back());
}

int main() {
  return weft::run([] {
    a_message_says_that_the_data_is_there();
    a_message_carries_the_data();

    int right = 0;
    for (int round = 1; round <= 1000; ++round) {
      weft::var<int> written = 0;
      auto message = weft::make_chan<void>(round % 2);  // unbuffered or not: the edge is the same
      weft::wait_group sender;
      sender.go([&written, message, round] {
        written = round;
        message.send();
      });
      message.recv();
      if (written == round) ++right;
      sender.wait();
    }
    std::printf("the write was seen in %d of 1000 rounds\n", right);
  });
}
// [end]

// Output:
// written: 100 figures, sum 5050
// a crate of 1, all 1
// a crate of 2, all 2
// a crate of 3, all 3
// the write was seen in 1000 of 1000 rounds
