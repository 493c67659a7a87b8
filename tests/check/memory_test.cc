// SPDX-License-Identifier: Apache-2.0
// memory_test.cc: races on plain C++ memory, in instrumented code.

#include <weft/chan.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace check = weft::check;

void increment(int& n) { ++n; }

TEST(Memory, TwoUnorderedWritesRaceAndBothSidesAreNamed) {
  check::report r = check::explore([] {
    int n = 0;
    weft::wait_group both;
    both.add(2);
    for (int i = 0; i < 2; ++i) {
      weft::go([&] {
        increment(n);
        both.done();
      });
    }
    both.wait();
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  const std::string& text = r.races[0].text;
  EXPECT_NE(text.find("memory_test.cc:"), std::string::npos) << text;
  EXPECT_NE(text.find("4 bytes by g2"), std::string::npos) << text;
  EXPECT_NE(text.find("4 bytes by g1"), std::string::npos) << text;
}

TEST(Memory, ALockOrdersThem) {
  check::report r = check::explore([] {
    int n = 0;
    std::vector<int> list;
    std::map<int, std::string> names;
    weft::mutex m;
    weft::wait_group both;
    both.add(2);
    for (int i = 0; i < 2; ++i) {
      weft::go([&, i] {
        m.lock();
        increment(n);
        list.push_back(i);
        names[i] = "a name that is too long for the small buffer";
        m.unlock();
        both.done();
      });
    }
    both.wait();
    check::expect(n == 2 && list.size() == 2 && names.size() == 2);
  });
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete);
}

TEST(Memory, AVectorThatTwoFillRaces) {
  check::report r = check::explore([] {
    auto list = std::make_shared<std::vector<int>>();
    weft::go([=] { list->push_back(1); });
    weft::go([=] { list->push_back(2); });
  });
  EXPECT_EQ(r.races.size(), 1U) << r;
}

TEST(Memory, ASharedPointersCountIsNoSchedulingPoint) {
  check::report r = check::explore(
      [] {
        auto shared = std::make_shared<int>(7);
        for (int i = 0; i < 3; ++i) weft::go([copy = shared] { check::expect(*copy == 7); });
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_EQ(r.executions, 1U);
}

struct trouble {
  explicit trouble(int c) : code(c) {}
  int code;
};

// The one may have its exception where the other one had its own.
TEST(Memory, ExceptionsOfTwoDoNotRace) {
  check::report r = check::explore([] {
    for (int i = 0; i < 2; ++i) {
      weft::go([i] {
        try {
          throw trouble(i);
        } catch (const trouble& t) {
          check::expect(t.code == i);
        }
      });
    }
  });
  EXPECT_TRUE(r.ok()) << r;
}

TEST(Memory, WhatMallocGivesAgainIsNew) {
  check::report r = check::explore([] {
    for (int i = 0; i < 2; ++i) {
      weft::go([i] {
        auto* p = static_cast<int*>(std::malloc(100));
        *p = i;
        p = static_cast<int*>(std::realloc(p, 200));
        check::expect(*p == i);
        std::free(p);
      });
    }
  });
  EXPECT_TRUE(r.ok()) << r;
}

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

// Out of the compiler's sight.
[[gnu::noinline]] void drop(const int* p) { delete p; }
[[gnu::noinline]] int look_at(const int* p) {
  asm volatile("" ::: "memory");
  return *p;
}

TEST(Memory, UseAfterFreeIsSaidToBeThat) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<int>();
    int* p = new int(3);
    weft::go([=] {
      check::expect(look_at(p) == 3);
      drop(p);
      c.send(1);
    });
    static_cast<void>(c.recv());
    look_at(p);  // it is ordered, and wrong
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  EXPECT_EQ(r.races[0].what, "use after free");
  EXPECT_TRUE(says(r.races[0].text, "read of 4 bytes by main:")) << r;
  EXPECT_TRUE(says(r.races[0].text, "look_at")) << r;
  EXPECT_TRUE(says(r.races[0].text, "after the free by g1:")) << r;
  EXPECT_TRUE(says(r.races[0].text, "drop")) << r;
}

// Whichever comes first.
[[gnu::noinline]] void drop_block(void* p) {
  std::free(p);
  asm volatile("" ::: "memory");
}

// What it was may be the allocator's own by then.
TEST(Memory, WhoUsesWhatItHasGivenBackIsStoppedBeforeItDoes) {
  for (int what = 0; what < 3; ++what) {
    check::report r = check::explore([=] {
      auto* volatile memory = static_cast<long*>(std::malloc(64));
      volatile long* p = memory;
      p[0] = 1;
      p[1] = 1;
      drop_block(memory);
      if (what == 0) p[0] = 0x1234567;
      if (what == 1) p[1] = 0x1234567;
      if (what == 2) check::expect(p[0] == 0x1234567, "not reached");
    });
    ASSERT_EQ(r.races.size(), 1U) << r;
    EXPECT_EQ(r.races[0].what, "use after free");
    EXPECT_TRUE(r.failures.empty()) << r;
  }
}

// Made in the first execution, used in all.
const std::string& made_once() {
  static const std::string text(50, 'x');
  return text;
}

TEST(Memory, AStaticInAFunctionIsThereForAll) {
  check::report r = check::explore(
      [] {
        auto use = [] { check::expect(made_once()[20] == 'x' && made_once().size() == 50); };
        weft::wait_group both;
        both.go(use);
        both.go(use);
        both.wait();
      },
      {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
}

int made_after_throwing(int& calls) {
  static const int made = [&] {
    if (++calls == 1) throw std::runtime_error("not yet");
    return calls;
  }();
  return made;
}

TEST(Memory, AStaticWhoseInitializationThrowsIsMadeLater) {
  int calls = 0;
  check::report r = check::explore(
      [&] {
        try {
          static_cast<void>(made_after_throwing(calls));
        } catch (const std::runtime_error&) {
        }
        check::expect(made_after_throwing(calls) == 2);
      },
      {.strategy = check::random, .max_executions = 3});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_EQ(calls, 2);
}

TEST(Memory, AnUnorderedFreeRaces) {
  for (bool first : {true, false}) {
    check::report r = check::explore([=] {
      int* p = new int(3);
      auto use = [=] { look_at(p); };
      auto free = [=] { drop(p); };
      if (first) weft::go(free);
      weft::go(use);
      if (!first) weft::go(free);
    });
    ASSERT_EQ(r.races.size(), 1U) << r;
    EXPECT_EQ(r.races[0].what, first ? "use after free" : "data race");
    EXPECT_TRUE(says(r.races[0].text, "free by g")) << r;
  }
}

TEST(Memory, ADoubleFreeIsSaidToBeThat) {
  check::report r = check::explore([] {
    weft::wait_group all;
    int* p = new int(3);
    all.go([=] { drop(p); });
    all.wait();
    drop(p);
  });
  ASSERT_EQ(r.races.size(), 1U) << r;
  EXPECT_EQ(r.races[0].what, "double free");
}

TEST(Memory, ChannelsCarryWhatWasWritten) {
  for (int capacity : {0, 1}) {
    check::report r = check::explore([=] {
      auto c = weft::make_chan<int*>(capacity);
      weft::go([=] { c.send(new int(3)); });
      std::unique_ptr<int> got(*c.recv());
      check::expect(*got == 3);
    });
    EXPECT_TRUE(r.ok()) << r;
  }
}

TEST(Memory, AReceiveOnABufferedChannelDoesNotOrderTheSenderAfterIt) {
  check::report r = check::explore([] {
    auto c = weft::make_chan<int>(1);
    auto n = std::make_shared<int>(0);
    weft::go([=] {
      c.send(1);
      *n = 1;
    });
    *n = 2;
    static_cast<void>(c.recv());
  });
  EXPECT_EQ(r.races.size(), 1U) << r;
}

TEST(Memory, StandardAtomicsAreScheduledAndOrder) {
  auto flag = [] {
    std::atomic<int> ready{0};
    int n = 0;
    weft::wait_group both;
    both.add(1);
    weft::go([&] {
      n = 5;
      ready.store(1, std::memory_order_release);
      both.done();
    });
    bool saw = ready.load(std::memory_order_acquire) == 1;
    if (saw) check::expect(n == 5);
    both.wait();
  };
  check::report r = check::explore(flag, {.strategy = check::exhaustive});
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_EQ(r.executions, 2U);
}

struct alignas(16) two_words {
  std::int64_t a = 0;
  std::int64_t b = 0;
};

// Two that count in an atomic of 16 bytes.
check::report count_in_two_words(bool in_one_step) {
  return check::explore([=] {
    std::atomic<two_words> words{two_words{}};
    auto count = [&] {
      two_words old = words.load();
      if (!in_one_step) words.store({old.a + 1, old.b + 1});
      while (in_one_step && !words.compare_exchange_weak(old, {old.a + 1, old.b + 1})) {
      }
    };
    weft::wait_group both;
    both.go(count);
    both.go(count);
    both.wait();
    check::expect(words.load().a == 2 && words.load().b == 2, "both have counted");
  });
}

TEST(Memory, AtomicsOfSixteenBytesAreScheduledAndOrder) {
  check::report r = count_in_two_words(true);
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_TRUE(r.complete) << r.summary();
  EXPECT_EQ(count_in_two_words(false).failures.size(), 1U);
}

}  // namespace
