// SPDX-License-Identifier: Apache-2.0
// Lesson 16: a pipeline, and how to leave it
//
// Each stage is a goroutine between two channels. The end travels with the data: the source closes
// its channel, the next stage's loop ends, and it closes its own. So much for reading to the end.
//
// A reader that leaves early is another matter. The stage before it would wait in its send for
// ever, and the one before that, and all of them would be leaked, with everything they hold. So
// each send takes a context, and gives an error once that has ended. It is enough that sends do: a
// stage that gives up closes its channel, and the loops after it end by that.
//
// num_goroutines() counts those that have been started and are not gone. A goroutine is counted for
// a moment after its last statement, hence the loop before the second count.
#include <weft/weft.h>

#include <cstdio>

// [program]
weft::receiver<int> generate(const weft::context& ctx, int count) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n = 0; n < count; ++n)
      if (out.send(n, ctx)) break;  // an error: the context has ended
    out.close();
  });
  return out;
}

weft::receiver<int> square(const weft::context& ctx, weft::receiver<int> in) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n : in)
      if (out.send(n * n, ctx)) break;
    out.close();
  });
  return out;
}

weft::receiver<int> keep_even(const weft::context& ctx, weft::receiver<int> in) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n : in)
      if (n % 2 == 0 && out.send(n, ctx)) break;
    out.close();
  });
  return out;
}

int main() {
  return weft::run([] {
    const weft::context all = weft::background();
    for (int n : keep_even(all, square(all, generate(all, 10)))) std::printf("%d ", n);
    std::printf("and the source has closed\n");

    {
      weft::cancel_scope some(weft::background());
      const weft::context& ctx = some.ctx();
      for (int n : keep_even(ctx, square(ctx, generate(ctx, 40'000)))) {
        std::printf("%d ", n);
        if (n > 30) break;
      }
      std::printf("and the reader has left\n");
    }  // the scope ends the context: every stage is told
    while (weft::num_goroutines() > 1) weft::yield();
    std::printf("goroutines left: %zu, this one\n", weft::num_goroutines());
  });
}
// [end]

// Output:
// 0 4 16 36 64 and the source has closed
// 0 4 16 36 and the reader has left
// goroutines left: 1, this one
