// SPDX-License-Identifier: Apache-2.0
// Lesson 18, checked: two locks, one order
//
// The transfers do not meet here by arrangement, as they do in the wrong program; nearly every run
// of this one survives. The checker, allowed five executions, finds the deadlock: it looks for what
// can be done in another order, and two locks of one mutex can. The report says who waits for what,
// and who has it; the schedule, how they got there; the picture, both.
//
// In the order of their numbers there is no deadlock in any schedule. std::scoped_lock is another
// matter: if its second lock is taken it lets go of the first and tries again, as often as that
// happens, so that its schedules have no end and cannot all be run. 2000 of them drawn at random
// are a test. The proof is that it never waits for one lock while it holds another.
#include <weft/check.h>
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

namespace check = weft::check;

// [program]
struct account {
  int number;
  weft::mutex lock = {};  // guards balance
  weft::var<int> balance = 100;
};

void transfer_in_any_order(account& from, account& to, int amount) {
  std::unique_lock hold_from(from.lock);
  std::unique_lock hold_to(to.lock);
  from.balance -= amount;
  to.balance += amount;
}

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

check::report to_and_fro(void (*transfer)(account&, account&, int), check::options how) {
  auto body = [=] {
    account a{.number = 1}, b{.number = 2};
    weft::wait_group transfers;
    transfers.go([&] { transfer(a, b, 10); });
    transfers.go([&] { transfer(b, a, 20); });
    transfers.wait();
    check::expect(a.balance == 110 && b.balance == 90, "no money is lost");
  };
  return check::explore(body, how);
}

int main() {
  const check::report stuck =
      to_and_fro(transfer_in_any_order, {.strategy = check::exhaustive, .max_executions = 5});
  std::printf("%s", stuck.deadlocks.at(0).text.c_str());
  if (stuck.svg("18_lock_order.svg")) std::printf("picture: 18_lock_order.svg\n");
  std::printf("\n");

  std::printf("in order:    %s\n",
              to_and_fro(transfer_in_order, {.strategy = check::exhaustive}).summary().c_str());
  std::printf("scoped_lock: %s\n", to_and_fro(transfer_by_scoped_lock,
                                              {.strategy = check::random, .max_executions = 2000})
                                       .summary()
                                       .c_str());
}
// [end]

// Output pattern:
// deadlock: all goroutines are asleep
//   main [sync.WaitGroup.Wait] #1 at ...
//   g1 [sync.Mutex.Lock] #3 at ...
//       held by g2, locked at ...
//       started by main at ...
//   g2 [sync.Mutex.Lock] #2 at ...
//       held by g1, locked at ...
//       started by main at ...
// schedule:
//        main                 g1                   g2
//     1  wait_group::add #1: +1 ...
//     2  go g1 ...
//     3  wait_group::add #1: +1 ...
//     4  go g2 ...
//        ... waits: sync.WaitGroup.Wait #1         |
//     5  |                    lock #2              | ...
//        |                    ... interrupted: it could go on
//     6  |                    |                    lock #3 ...
//        |                    ... blocked: sync.Mutex.Lock #3, held by g2
//        |                    |                    ... blocked: sync.Mutex.Lock #2, held by g1
// picture: 18_lock_order.svg
//
// in order:    weft::check: ok, exhaustive, <n> executions in <n> s, complete
// scoped_lock: weft::check: ok, random, <n> executions in <n> s, not complete
