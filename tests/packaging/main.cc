// SPDX-License-Identifier: Apache-2.0
// main.cc: the program of every packaging case: goroutines add up numbers sent over a channel. With
// an argument it has a race, which the race build must find.
#include <weft/chan.h>
#include <weft/go.h>
#include <weft/version.h>
#include <cstdio>

#ifdef WITH_OTHER_BUILD
int first_of(const weft::chan<int>& numbers);
#else
static int first_of(const weft::chan<int>& numbers) { return numbers.recv().value_or(0); }
#endif

#ifdef WITH_BOTH_BUILDS
int locked_sum(int a, int b);
#else
static int locked_sum(int a, int b) { return a + b; }
#endif

int main(int argc, char**) {
  return weft::run([=] {
    int careless = 0;
    constexpr int k_senders = 8;
    auto numbers = weft::make_chan<int>();
    for (int i = 1; i <= k_senders; ++i) {
      weft::go([&careless, numbers, i, racy = argc > 1] {
        if (racy) careless += i;
        numbers.send(i);
      });
    }
    int sum = 0;
    for (int i = 0; i < k_senders; ++i) sum = locked_sum(sum, first_of(numbers));
    std::printf("weft %d.%d.%d: sum %d\n", WEFT_VERSION_MAJOR, WEFT_VERSION_MINOR,
                WEFT_VERSION_PATCH, sum);
    return sum == 36 ? 0 : 1;
  });
}
