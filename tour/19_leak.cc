// SPDX-License-Identifier: Apache-2.0
// Lesson 19: nobody waits without a way out
//
// Question and answer now share a context with a time limit. When it ends, both sides learn of it:
// the asker's receive gives nothing, the server's send gives an error, and the server goes home.
// The rule is easy to check when reading code: whoever starts a goroutine can say what ends it.
// Every blocking call of weft takes a context as its last argument for that.
//
// A buffer of one value would do here as well: then the send needs no receiver, and the answer that
// nobody wants goes when the channel goes. It is the simpler repair where there is one send, and
// none where there may be more.
#include <weft/weft.h>

#include <cstdio>

using namespace std::chrono_literals;

// [program]
std::optional<int> ask(const weft::chan<void>& busy, const weft::context& ctx) {
  auto answer = weft::make_chan<int>();
  weft::go({.name = "slow server"}, [busy, answer, ctx] {
    busy.recv();
    if (std::error_code e = answer.send(42, ctx))
      std::printf("the server gives up: %s\n", e.message().c_str());
  });
  return answer.recv(ctx);
}

int main() {
  return weft::run([] {
    auto busy = weft::make_chan<void>();
    {
      weft::cancel_scope limit(weft::background(), 5ms);
      std::printf("the answer %s\n", ask(busy, limit.ctx()) ? "is 42" : "did not come in time");
    }
    busy.close();
    while (weft::num_goroutines() > 1) weft::yield();  // a leak would show here: it never ended
    std::printf("%zu goroutine\n", weft::num_goroutines());
  });
}
// [end]

// Output:
// the answer did not come in time
// the server gives up: context deadline exceeded
// 1 goroutine
