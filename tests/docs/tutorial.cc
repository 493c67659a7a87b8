// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/tutorial.md, in its order.
#include <weft/weft.h>

#include <chrono>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

// [hello]
void hello() {
  weft::chan<std::string> words = weft::make_chan<std::string>();
  weft::go([words] {
    for (const char* w : {"goroutines", "talk", "over", "channels"}) words.send(w);
    words.close();
  });
  for (std::string w : words) std::puts(w.c_str());
}
// [end]

// [select]
void first_or_timeout(weft::receiver<int> answers) {
  weft::select(weft::on_recv(answers, [](std::optional<int> n) { std::printf("got %d\n", *n); }),
               weft::on_recv(weft::after(20ms), [](auto) { std::puts("too late"); }));
}
// [end]

// [mutex]
struct account {
  weft::mutex lock;  // guards balance
  long balance = 0;

  void deposit(long amount) {
    std::scoped_lock hold(lock);
    balance += amount;
  }
};
// [end]

void hundred_deposits() {
  // [wait_group]
  account a;
  weft::wait_group depositors;
  for (int i = 0; i < 100; ++i) depositors.go([&a] { a.deposit(10); });
  depositors.wait();
  std::printf("balance %ld\n", a.balance);
  // [end]
}

// [pipeline]
weft::receiver<int> numbers(const weft::context& ctx, int last) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n = 1; n <= last; ++n)
      if (out.send(n, ctx)) break;  // an error: nobody wants more
    out.close();
  });
  return out;
}

weft::receiver<int> squares(const weft::context& ctx, weft::receiver<int> in) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n : in)
      if (out.send(n * n, ctx)) break;
    out.close();
  });
  return out;
}
// [end]

void first_over_fifty() {
  // [cancel]
  weft::cancel_scope scope(weft::background());
  for (int n : squares(scope.ctx(), numbers(scope.ctx(), 1'000'000))) {
    if (n < 50) continue;
    std::printf("the first square over fifty is %d\n", n);
    break;
  }  // the scope ends: both stages are told, and end
  // [end]
}

void deadline() {
  // [deadline]
  auto [ctx, cancel] = weft::with_timeout(weft::background(), 5ms);
  weft::mutex busy;
  busy.lock();
  if (std::error_code e = busy.lock(ctx)) std::printf("gave up: %s\n", e.message().c_str());
  cancel();
  // [end]
  busy.unlock();
}

void failing_group() {
  // [group]
  weft::group g;
  for (int shard = 0; shard < 3; ++shard) {
    g.go([&g, shard] {
      if (shard == 1) throw std::runtime_error("shard 1 is gone");
      g.ctx().done().recv();  // works until told that it is of no use
    });
  }
  try {
    g.wait();
  } catch (const std::runtime_error& e) {
    std::printf("failed: %s\n", e.what());
  }
  // [end]
}

}  // namespace

int main() {
  return weft::run([] {
    hello();
    auto answers = weft::make_chan<int>(1);
    answers.send(42);
    first_or_timeout(answers);
    first_or_timeout(answers);
    hundred_deposits();
    first_over_fifty();
    deadline();
    failing_group();
  });
}

// Output:
// goroutines
// talk
// over
// channels
// got 42
// too late
// balance 1000
// the first square over fifty is 64
// gave up: context deadline exceeded
// failed: shard 1 is gone
