// SPDX-License-Identifier: Apache-2.0
// Lesson 15: fan out, fan in
//
// Fan out: several goroutines receive from one channel, and each value goes to exactly one of them.
// Fan in: several channels become one. Each function below owns what it makes: it starts the
// goroutines, returns the channel they send on, and sees to it that it is closed. The type says who
// may do what: a receiver<T> can neither send nor close.
//
// Which worker takes which item, and in what order results come, is not said. That each item comes
// out once is. Nobody sleeps "to be sure that they are done": the end is a close, the close is an
// edge, and the last loop ends exactly when the work does.
#include <weft/weft.h>

#include <algorithm>
#include <cstdio>
#include <vector>

// [program]
constexpr int k_items = 100;

weft::receiver<int> produce() {
  auto out = weft::make_chan<int>();
  weft::go([out] {
    for (int n = 0; n < k_items; ++n) out.send(n);
    out.close();
  });
  return out;
}

weft::receiver<int> work(weft::receiver<int> items) {
  auto out = weft::make_chan<int>();
  weft::go([items, out] {
    for (int n : items) out.send(n);  // the work would be here
    out.close();
  });
  return out;
}

weft::receiver<int> merge(const std::vector<weft::receiver<int>>& ins) {
  auto out = weft::make_chan<int>();
  weft::go([ins, out] {
    weft::wait_group forwarders;
    for (const auto& in : ins) {
      forwarders.go([in, out] {
        for (int n : in) out.send(n);
      });
    }
    forwarders.wait();
    out.close();
  });
  return out;
}

int main() {
  return weft::run([] {
    weft::receiver<int> items = produce();
    std::vector<weft::receiver<int>> workers;
    for (int w = 0; w < 3; ++w) workers.push_back(work(items));  // fan out

    std::vector<int> seen(k_items);
    for (int n : merge(workers)) ++seen[static_cast<std::size_t>(n)];  // fan in

    const auto once = std::ranges::count(seen, 1);
    std::printf("%d items, of which %d came out exactly once\n", k_items, static_cast<int>(once));
  });
}
// [end]

// Output:
// 100 items, of which 100 came out exactly once
