// SPDX-License-Identifier: Apache-2.0
// main of every corpus binary: runs the named program, or lists them all.
#include "race/corpus.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

namespace race_corpus {
namespace {

program* g_first = nullptr;

}  // namespace

registration::registration(const char* name, bool racy, void (*run)(), const char* file, int line)
    : entry{name, racy, run, file, line, g_first} {
  g_first = &entry;
}

void window() {
  thread_local std::minstd_rand random(std::random_device{}());
  switch (random() % 4) {
    case 0:
      weft::sleep_for(std::chrono::microseconds(50));
      break;
    case 1:
      weft::yield();
      break;
    default:
      break;
  }
}

int times(int n, int) { return n; }

}  // namespace race_corpus

int main(int argc, char** argv) {
  using race_corpus::g_first;
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (auto* p = g_first; p != nullptr; p = p->next)
      std::printf("%s %s\n", p->racy ? "racy" : "clean", p->name);
    return 0;
  }
  const int rounds = argc == 3 ? std::atoi(argv[2]) : 1;
  for (auto* p = g_first; argc > 1 && p != nullptr; p = p->next) {
    if (std::strcmp(argv[1], p->name) != 0) continue;
    for (int i = 0; i < rounds; ++i) weft::run(p->run);
    return 0;
  }
  std::fprintf(stderr, "usage: %s --list | NAME [ROUNDS]\n", argv[0]);
  return 2;
}
