// SPDX-License-Identifier: Apache-2.0
// Names of functions in reports: what is local to a file, and inlined, has no symbol to go by.
#include <weft/detail/base/config.h>
#include <gtest/gtest.h>

#include <backtrace.h>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "debug/scopes.h"
#include "debug/symbols.h"

// The linker's: where the program begins, and where its code ends.
extern "C" const char __executable_start;
extern "C" const char etext;

namespace weft::debug {
namespace {

std::vector<std::string> g_seen;

// Notes the name of the function that it is called from, after inlining.
WEFT_NOINLINE void note() {
  auto caller = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  g_seen.push_back(symbolise(caller).front().function);
  asm volatile("");  // no tail call: the caller's frame must be there
}

struct box {
  template <class F>
  void twice(F f) {
    f(1);
    f(2);
  }
  inline void member(const std::string& text);
};

inline void box::member(const std::string& text) {
  note();
  asm volatile("" ::"m"(text));
}

WEFT_NOINLINE void a_static_function(box& b) {
  auto first = [] {
    note();
    asm volatile("");
  };
  first();
  b.twice([](int) {
    note();
    asm volatile("");
  });
  auto nested = [] {
    auto inside = [] {
      note();
      asm volatile("");
    };
    inside();
  };
  nested();
  b.member("text");
}

WEFT_NOINLINE void another(box& b) {
  b.twice([](int) {
    note();
    asm volatile("");
  });
}

TEST(Symbols, LambdasAreNamedAfterTheFunctionThatTheyAreIn) {
  g_seen.clear();
  box b;
  a_static_function(b);
  another(b);
  ASSERT_EQ(g_seen.size(), 7U);
  EXPECT_EQ(g_seen[1], g_seen[2]);
  EXPECT_EQ(g_seen[5], g_seen[6]);
  EXPECT_EQ(std::set<std::string>(g_seen.begin(), g_seen.end()).size(), 5U);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NE(g_seen[i].find("a_static_function"), std::string::npos) << g_seen[i];
  EXPECT_NE(g_seen[5].find("another"), std::string::npos) << g_seen[5];
#if !defined(__clang__)
  std::vector<std::string> names;
  for (const std::string& full : g_seen) names.push_back(short_name(full));
  std::vector<std::string> expected = {
      "weft::debug::a_static_function::{lambda#1}::operator()",
      "weft::debug::a_static_function::{lambda(int)#2}::operator()",
      "weft::debug::a_static_function::{lambda(int)#2}::operator()",
      "weft::debug::a_static_function::{lambda#3}::{lambda#1}::operator()",
      "weft::debug::box::member",
      "weft::debug::another::{lambda(int)#1}::operator()",
      "weft::debug::another::{lambda(int)#1}::operator()"};
  EXPECT_EQ(names, expected);
#endif
}

WEFT_NOINLINE void called_and_inlined(bool again) {
  // The same lambda once in the place and once behind a pointer, where its symbol would name it.
  auto f = [](int) {
    note();
    asm volatile("");
  };
  void (*far)(int) = f;
  asm volatile("" : "+r"(far));
  f(1);
  if (again) far(2);
}

TEST(Symbols, ALambdaHasOneNameWhereverItsCodeIs) {
  g_seen.clear();
  called_and_inlined(true);
  ASSERT_EQ(g_seen.size(), 2U);
  EXPECT_EQ(short_name(g_seen[0]), short_name(g_seen[1]));
}

TEST(Symbols, ShortNamesKeepWhatTellsFunctionsApart) {
  auto same = [](const char* full, const char* expected) { EXPECT_EQ(short_name(full), expected); };
  same("main", "main");
  same("cache::get(int)", "cache::get");
  same("void app::gen<std::vector<int> >(std::vector<int>)", "app::gen");
  same("ask(std::chrono::milliseconds)::{lambda()#1}::operator()() const",
       "ask::{lambda#1}::operator()");
  same(
      "run(int)::{lambda(std::vector<int, std::allocator<int> >&&, char)#2}::operator()(int) const",
      "run::{lambda(std::vector&&, char)#2}::operator()");
  same("main::$_1::operator()() const::{lambda()#1}::operator()() const",
       "main::$_1::operator()::{lambda#1}::operator()");
  same("{lambda in a.cc}::operator()()", "{lambda in a.cc}::operator()");
  same("bool operator< <int>(box<int> const&, box<int> const&)", "operator<");
  same("pile::operator[](unsigned long) const &", "pile::operator[]");
  same("pile::operator->() const", "pile::operator->");
  same("pile::operator bool() const", "pile::operator bool");
  same("box::put(void (*)(int))", "box::put");
  same("app::server::run() &&", "app::server::run");
  same("0x55d5c0", "0x55d5c0");
}

// Calls probe(pc) all over the program.
template <class F>
void all_over_the_program(F probe) {
  const auto first = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const auto last = reinterpret_cast<std::uintptr_t>(&etext);
  constexpr std::uintptr_t k_probes = 3000;
  for (std::uintptr_t pc = first; pc < last; pc += (last - first) / k_probes) probe(pc);
}

// libbacktrace does not find every function.
TEST(Symbols, WhatTheDebugInformationKnowsIsSaid) {
  std::size_t known = 0;
  all_over_the_program([&](std::uintptr_t pc) {
    const std::vector<std::string> names = scoped_names(pc);
    if (names.empty()) return;
    ++known;
    const std::vector<frame> frames = symbolise(pc + 1);
    EXPECT_NE(frames.front().file, "?") << names.front();
  });
  EXPECT_GT(known, 300U);
}

int add_line(void* data, std::uintptr_t, const char* file, int line, const char*) {
  if (file != nullptr) static_cast<std::vector<source_line>*>(data)->push_back({file, line});
  return 0;
}

// Where libbacktrace finds something, it is the same; but it leaves out some inlined functions.
TEST(Symbols, LinesAreThoseOfLibbacktrace) {
  backtrace_state* state = backtrace_create_state(nullptr, 1, nullptr, nullptr);
  std::size_t known = 0;
  all_over_the_program([&](std::uintptr_t pc) {
    std::vector<source_line> theirs;
    backtrace_pcinfo(state, pc, add_line, nullptr, &theirs);
    const std::vector<source_line> ours = source_lines(pc);
    if (theirs.empty() || ours.empty()) return;
    ++known;
    const std::size_t n = theirs.size() == ours.size() ? ours.size() : 1;
    for (std::size_t i = 0; i < n; ++i) {
      if (theirs[i].line == 0) continue;  // code that the compiler puts between
      EXPECT_EQ(theirs[i].file, ours[i].file);
      EXPECT_EQ(theirs[i].line, ours[i].line) << ours[i].file;
    }
  });
  EXPECT_GT(known, 300U);
}

}  // namespace
}  // namespace weft::debug
