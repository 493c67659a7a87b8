// SPDX-License-Identifier: Apache-2.0
// Lesson 18: two locks, one order
//
// A deadlock needs a cycle: each waits for what the next one holds. If everybody takes locks in one
// order, there is no cycle, however many locks and goroutines there are. The order may be anything
// that all can agree on: here the accounts' numbers.
//
// Where both locks can be taken in one place, std::scoped_lock does it in any order: it takes one,
// tries the other, and lets go if that fails. It works with weft's locks as with the standard's.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

// [program]
struct account {
  int number;
  weft::mutex lock = {};  // guards balance
  weft::var<int> balance = 1000;
};

void transfer_in_order(account& from, account& to, int amount) {
  account& first = from.number < to.number ? from : to;
  account& second = from.number < to.number ? to : from;
  std::unique_lock hold_first(first.lock);
  std::unique_lock hold_second(second.lock);
  from.balance -= amount;
  to.balance += amount;
}

void transfer_by_scoped_lock(account& from, account& to, int amount) {
  std::scoped_lock hold(from.lock, to.lock);
  from.balance -= amount;
  to.balance += amount;
}

template <class Transfer>
void to_and_fro(const char* name, Transfer transfer) {
  account a{.number = 1}, b{.number = 2};
  weft::wait_group transfers;
  transfers.go([&] {
    for (int i = 0; i < 10'000; ++i) transfer(a, b, 1);
  });
  transfers.go([&] {
    for (int i = 0; i < 10'000; ++i) transfer(b, a, 1);
  });
  transfers.wait();
  std::printf("%s: %d and %d\n", name, a.balance, b.balance);
}

int main() {
  return weft::run([] {
    to_and_fro("in the order of their numbers", transfer_in_order);
    to_and_fro("by std::scoped_lock", transfer_by_scoped_lock);
  });
}
// [end]

// Output:
// in the order of their numbers: 1000 and 1000
// by std::scoped_lock: 1000 and 1000
