// SPDX-License-Identifier: Apache-2.0
// The snippets of docs/reference/select.md.
#include <weft/weft.h>

#include <cstdio>
#include <vector>

int main() {
  return weft::run([] {
    auto numbers = weft::make_chan<int>(1), results = weft::make_chan<int>(1);
    auto stop = weft::make_chan<void>();
    numbers.send(1);
    // [use]
    std::size_t which = weft::select(
        weft::on_recv(numbers, [](std::optional<int> n) { std::printf("number %d\n", *n); }),
        weft::on_recv(stop, [](bool) { std::puts("told to stop"); }));
    std::printf("case %zu\n", which);
    // [end]
    // [otherwise]
    weft::select(weft::on_recv(numbers, [](auto) { std::puts("not now"); }),
                 weft::otherwise([] { std::puts("nothing there"); }));
    // [end]
    stop.close();
    // [in_order]
    numbers.send(2);  // both are ready: the first in the order given wins
    weft::select_in_order(weft::on_recv(stop, [](bool) { std::puts("stop comes first"); }),
                          weft::on_recv(numbers), weft::on_send(results, 3));
    // [end]
    // [set]
    std::vector<weft::chan<int>> sources{weft::make_chan<int>(1), weft::make_chan<int>(1)};
    sources[1].send(20);
    weft::select_set cases;
    for (const auto& c : sources)
      cases.add_recv(c, [](std::optional<int> n) { std::printf("from a source: %d\n", *n); });
    std::printf("case %zu of %zu\n", cases.wait(), cases.size());
    // [end]
  });
}

// Output:
// number 1
// case 0
// nothing there
// stop comes first
// from a source: 20
// case 1 of 2
