// SPDX-License-Identifier: Apache-2.0
// A pipeline: each stage is a goroutine that owns its output channel and closes it when its input
// ends. The types say who may send and who may receive.
#include <weft/weft.h>

#include <cstdio>

weft::receiver<int> count_to(int n) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int i = 0; i < n; ++i) out.send(i);
    out.close();
  });
  return out;
}

weft::receiver<int> square(weft::receiver<int> in) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n : in) out.send(n * n);
    out.close();
  });
  return out;
}

weft::receiver<int> keep_even(weft::receiver<int> in) {
  auto out = weft::make_chan<int>();
  weft::go([=] {
    for (int n : in) {
      if (n % 2 == 0) out.send(n);
    }
    out.close();
  });
  return out;
}

int main() {
  return weft::run([] {
    for (int n : keep_even(square(count_to(10)))) std::printf("%d\n", n);
  });
}

// Output:
// 0
// 4
// 16
// 36
// 64
