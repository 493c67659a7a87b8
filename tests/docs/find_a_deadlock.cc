// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/guide/find-a-deadlock.md.
#include <weft/debug.h>
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

namespace {

struct account {
  weft::mutex lock;
  int balance = 100;
};

void transfer(account& from, account& to, weft::wait_group& meet) {
  from.lock.lock();
  meet.done();
  meet.wait();
  to.lock.lock();
  to.lock.unlock();
}

void look() {
  // [find]
  for (const weft::debug::deadlock& d : weft::debug::find_deadlocks())
    std::printf("%zu in a ring, %zu behind\n", d.ring.size(), d.behind.size());
  // [end]
}

}  // namespace

int main() {
  return weft::run([] {
    weft::atomic<std::size_t> found = 0;
    // [watch]
    auto watch = weft::debug::watch_deadlocks(50ms, [&found](const weft::debug::deadlock& d) {
      found = d.ring.size();  // or print d, to whatever log there is
    });
    // [end]
    account a;
    account b;
    weft::wait_group meet;
    meet.add(2);
    weft::wait_group ended;
    ended.go([&] { transfer(a, b, meet); });
    ended.go([&] { transfer(b, a, meet); });
    while (found == 0) weft::sleep_for(1ms);
    std::printf("a ring of %zu\n", found.load());
    look();
    a.lock.unlock();  // on behalf of its holder
    b.lock.unlock();
    ended.wait();
  });
}

// Output:
// a ring of 2
// 2 in a ring, 0 behind
