// SPDX-License-Identifier: Apache-2.0
// The snippet of docs/reference/sync_map.md.
#include <weft/weft.h>

#include <cstdio>
#include <string>

int main() {
  return weft::run([] {
    // [use]
    weft::sync_map<std::string, int> visits;
    weft::wait_group guests;
    for (int i = 0; i < 100; ++i) {
      guests.go([&visits, name = std::string(i % 2 == 0 ? "ann" : "bob")] {
        int n = visits.load_or_store(name, 0).first;
        while (!visits.compare_and_swap(name, n, n + 1)) n = *visits.load(name);
      });
    }
    guests.wait();
    std::printf("ann came %d times\n", *visits.load("ann"));
    // [end]
    visits.erase("ann");
    visits.range([](const std::string& name, int n) {
      std::printf("%s %d\n", name.c_str(), n);
      return true;
    });
  });
}

// Output:
// ann came 50 times
// bob 50
