// SPDX-License-Identifier: Apache-2.0
// Lesson 5: the chain, spelled out
//
// "Happens before" is a chain of links of two kinds: one step after another within a goroutine, and
// an edge from one goroutine to another. The chain may have any length and lead through goroutines
// that know nothing of the matter. Goroutine 3 below reads a string that goroutine 1 wrote. The two
// have no channel in common; there is a path all the same, and that is all that it takes.
//
// To judge a program, look for the path from the write to the read. If there is one, the read sees
// the write. If there is none in either direction, it is a data race, however unlikely the bad
// case, and however often the program was right.
//
// The list of steps is the proof: a plain vector that three goroutines append to. Nothing protects
// it but the chain that it records.
#include <weft/weft.h>

#include <cstdio>
#include <string>
#include <vector>

// [program]
struct step {
  int goroutine;
  const char* what;
};

int main() {
  return weft::run([] {
    std::string text;         // written in 1, read in 3
    std::vector<step> steps;  // appended to by all three
    auto first = weft::make_chan<void>(), second = weft::make_chan<void>();

    weft::wait_group others;
    others.go([&steps, first, second] {
      first.recv();
      steps.push_back({2, "C  receive"});
      steps.push_back({2, "D  send"});
      second.send();
    });
    others.go([&steps, &text, second] {
      second.recv();
      steps.push_back({3, "E  receive"});
      steps.push_back(
          {3, text == "hello" ? "F  read text: hello" : "F  read text: something else"});
    });

    text = "hello";
    steps.push_back({1, "A  text = \"hello\""});
    steps.push_back({1, "B  send"});
    first.send();
    others.wait();  // a last link, from F to the drawing below

    std::printf("%-20s%-20s%s\n", "goroutine 1", "goroutine 2", "goroutine 3");
    for (const step& s : steps) std::printf("%*s%s\n", 20 * (s.goroutine - 1), "", s.what);
    std::printf("\n");
    std::printf("A -> B   program order in goroutine 1                      (E1)\n");
    std::printf("B -> C   a send comes before the return of its receive     (E5)\n");
    std::printf("C -> D   program order in goroutine 2                      (E1)\n");
    std::printf("D -> E   a send comes before the return of its receive     (E5)\n");
    std::printf("E -> F   program order in goroutine 3                      (E1)\n");
    std::printf("A -> F   therefore\n");
  });
}
// [end]

// Output:
// goroutine 1         goroutine 2         goroutine 3
// A  text = "hello"
// B  send
//                     C  receive
//                     D  send
//                                         E  receive
//                                         F  read text: hello
//
// A -> B   program order in goroutine 1                      (E1)
// B -> C   a send comes before the return of its receive     (E5)
// C -> D   program order in goroutine 2                      (E1)
// D -> E   a send comes before the return of its receive     (E5)
// E -> F   program order in goroutine 3                      (E1)
// A -> F   therefore
