// SPDX-License-Identifier: Apache-2.0
#pragma once
// corpus: small programs with and without a race, for the race build and the checker.
//
// RACY(name) { ... } must be reported, at the lines marked "// race" and at no others; CLEAN(name)
// must not be reported. In the race build each program runs as the main goroutine, many times over,
// with 1, 2 and 8 processors, in a process of its own: see verify.py. Under the checker all its
// schedules are explored: see check/main.cc. Nothing here sleeps to make an edge; window()
// only makes other orders likelier. Where several variables race, each is alignas(8): of every
// eight bytes ThreadSanitizer reports one race only.
#include <weft/weft.h>

#include <utility>

namespace race_corpus {

struct program {
  const char* name;
  bool racy;
  void (*run)();
  const char* file;
  int line;
  program* next;
};

// Adds a program to those of this binary.
struct registration {
  registration(const char* name, bool racy, void (*run)(), const char* file, int line);
  program entry;
};

// Lets others run for a while, or not, at random.
void window();

// How often something is repeated: n times; under the checker, which needs no luck, a few.
int times(int n, int few = 2);

// Runs the functions in goroutines of their own, and waits for them all.
template <class... F>
void together(F... f) {
  weft::wait_group all;
  (all.go(std::move(f)), ...);
  all.wait();
}

}  // namespace race_corpus

#define WEFT_CORPUS_PROGRAM(name, racy)                                                       \
  static void name();                                                                         \
  static const race_corpus::registration name##_entry(#name, racy, name, __FILE__, __LINE__); \
  static void name()

#define RACY(name) WEFT_CORPUS_PROGRAM(name, true)
#define CLEAN(name) WEFT_CORPUS_PROGRAM(name, false)
