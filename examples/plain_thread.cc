// SPDX-License-Identifier: Apache-2.0
// Plain threads use the same primitives as goroutines: here a std::thread, which a library may have
// started, asks a goroutine and blocks on the channel as any goroutine would.
#include <weft/weft.h>

#include <cstdio>
#include <thread>

int main() {
  auto questions = weft::make_chan<int>();
  auto answers = weft::make_chan<int>();

  std::thread outsider([=] {
    for (int n : {6, 7, 8}) {
      questions.send(n);
      std::printf("%d * %d = %d\n", n, n, answers.recv().value());
    }
    questions.close();
  });

  const int status = weft::run([=] {
    for (int n : questions) answers.send(n * n);
  });
  outsider.join();
  return status;
}

// Output:
// 6 * 6 = 36
// 7 * 7 = 49
// 8 * 8 = 64
