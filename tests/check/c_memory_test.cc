// SPDX-License-Identifier: Apache-2.0
// c_memory_test.cc: what the C library reads and writes for the program is watched.

#include <weft/check.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace {

namespace check = weft::check;

// One byte of it is changed by one goroutine, while another does something with all of it.
struct text {
  std::string word = std::string(40, 'x');
  std::vector<int> numbers = std::vector<int>(40);
  char letters[64] = "some letters";
  char room[64] = "";
};
// Not known to the compiler, which would write out what it knows to be short.
volatile std::size_t g_size = 40;
volatile int g_found = 0;

struct use {
  const char* name;
  void (*all)(text&);
  void (*one)(text&);
};

void change_letter(text& t) { t.letters[3] = 'y'; }
void change_number(text& t) { t.numbers[3] = 1; }
void change_word(text& t) { t.word[20] = 'y'; }
void read_room(text& t) { g_found = t.room[3]; }

const use k_uses[] = {
    {"memcpy's source", [](text& t) { std::memcpy(t.room, t.letters, g_size); }, change_letter},
    {"memcpy's target", [](text& t) { std::memcpy(t.room, t.letters, g_size); }, read_room},
    {"memmove", [](text& t) { std::memmove(t.letters + 1, t.letters, g_size); }, change_letter},
    {"memset", [](text& t) { std::memset(t.room, 1, g_size); }, read_room},
    {"memcmp", [](text& t) { g_found = std::memcmp(t.letters, t.room, g_size); }, change_letter},
    {"memchr", [](text& t) { g_found = std::memchr(t.letters, 0, g_size) != nullptr; },
     change_letter},
    {"strlen", [](text& t) { g_found = static_cast<int>(std::strlen(t.letters)); }, change_letter},
    {"strcmp", [](text& t) { g_found = std::strcmp(t.letters, "some other"); }, change_letter},
    {"strcpy's source", [](text& t) { std::strcpy(t.room, t.letters); }, change_letter},
    {"strcpy's target", [](text& t) { std::strcpy(t.room, t.letters); }, read_room},
    {"strncpy", [](text& t) { std::strncpy(t.room, t.letters, g_size); }, read_room},
    {"strcat", [](text& t) { std::strcat(t.room, t.letters); }, read_room},
    {"strchr", [](text& t) { g_found = std::strchr(t.letters, 'l') != nullptr; }, change_letter},
    {"strstr", [](text& t) { g_found = std::strstr(t.letters, "let") != nullptr; }, change_letter},
    {"a copy of a vector", [](text& t) { std::vector<int>(t.numbers).swap(t.numbers); },
     change_number},
    {"an insertion", [](text& t) { t.numbers.insert(t.numbers.begin(), 5); }, change_number},
    {"std::copy",
     [](text& t) {
       std::vector<int> other(g_size);
       std::copy(t.numbers.begin(), t.numbers.end(), other.begin());
     },
     change_number},
    {"std::fill", [](text& t) { std::fill(t.word.begin(), t.word.end(), 'z'); }, change_word},
    {"a copy of a string", [](text& t) { g_found = static_cast<int>(std::string(t.word).size()); },
     change_word},
    {"a comparison", [](text& t) { g_found = t.word == std::string(g_size, 'x') ? 1 : 0; },
     change_word},
    {"a search", [](text& t) { g_found = static_cast<int>(t.word.find('z')); }, change_word},
};

check::report run(const use& u, bool locked) {
  return check::explore(
      [&] {
        text t;
        weft::mutex m;
        weft::wait_group both;
        auto go = [&](void (*f)(text&)) {
          both.go([&, f] {
            std::unique_lock hold(m, std::defer_lock);
            if (locked) hold.lock();
            f(t);
          });
        };
        go(u.all);
        go(u.one);
        both.wait();
      },
      {.strategy = check::exhaustive});
}

TEST(CMemory, WhatIsReadAndWrittenForTheProgramRaces) {
  for (const use& u : k_uses) {
    check::report r = run(u, false);
    ASSERT_EQ(r.races.size(), 1U) << u.name << ": " << r.summary();
    EXPECT_NE(r.races[0].text.find("c_memory_test.cc:"), std::string::npos) << u.name << r;
  }
}

TEST(CMemory, UnderALockItDoesNot) {
  for (const use& u : k_uses) {
    check::report r = run(u, true);
    EXPECT_TRUE(r.ok()) << u.name << ": " << r;
    EXPECT_TRUE(r.complete) << u.name << ": " << r.summary();
  }
}

// A string's zero ends what is read of it.
TEST(CMemory, NoMoreIsReadThanMustBe) {
  check::report r = check::explore([] {
    char letters[64] = "some letters";
    weft::wait_group both;
    both.go([&] { g_found = static_cast<int>(std::strlen(letters) + std::strlen(letters)); });
    both.go([&] { letters[20] = 'x'; });
    both.go([&] { check::expect(std::strncmp(letters, "some", 64) != 0); });
    both.wait();
  });
  EXPECT_TRUE(r.ok()) << r;
}

}  // namespace
