// SPDX-License-Identifier: Apache-2.0
// Lesson 18, wrong: two locks in two orders
//
// A transfer locks the account it takes from, then the one it gives to. Two transfers in opposite
// directions each get their first lock, and wait for the other's for ever. Most of the time one is
// through before the other begins, and the program survives: this deadlock is found by luck, and by
// users. To show it, both transfers below meet between their two locks.
//
// The report names the two goroutines, what each waits for ("sync.Mutex.Lock") and the line. That
// the line is the same in both, the second lock, tells the story.
//
// weft reports it because nothing else can run. If other goroutines went on,
// debug::find_deadlocks() would find the ring. And a build with assertion level 3 (cmake --preset
// checked) tells of the two orders also when the transfers do not meet, with the stack of each:
// "locks are taken in orders that can deadlock". The checker finds the deadlock itself, in a
// handful of executions: 18_lock_order_check.cc.
#include <weft/weft.h>

#include <cstdio>
#include <mutex>

// [program]
struct account {
  weft::mutex lock;  // guards balance
  weft::var<int> balance = 100;
};

void transfer(account& from, account& to, int amount, const auto& meet) {
  std::unique_lock hold_from(from.lock);
  meet();
  std::unique_lock hold_to(to.lock);  // both goroutines end up here
  from.balance -= amount;
  to.balance += amount;
}

int main() {
  return weft::run([] {
    account a, b;
    auto door = weft::make_chan<void>();
    weft::wait_group transfers;
    transfers.go([&, door] { transfer(a, b, 10, [&] { door.send(); }); });
    transfers.go([&, door] { transfer(b, a, 20, [&] { door.recv(); }); });
    transfers.wait();
    std::printf("never printed\n");
  });
}
// [end]

// Error output:
// fatal error: all goroutines are asleep - deadlock!
// goroutine 1 [sync.WaitGroup.Wait...]:
// goroutine 2 [sync.Mutex.Lock...]:
// ...transfer...
// ...18_lock_order_wrong.cc:...
// goroutine 3 [sync.Mutex.Lock...]:
// ...transfer...
// ...18_lock_order_wrong.cc:...
// Exit status: 2
