// SPDX-License-Identifier: Apache-2.0
// explorer_programs_test.cc: how many behaviours known programs have, exactly.
//
// The programs are those by which model checkers of this kind are compared; the figures are GenMC's
// under sequential consistency. There an execution in which somebody waits for what does not come
// is not counted: here a goroutine says that it gave up, by returning false.

#include "programs.h"

namespace {

using namespace programs;

auto write_x(int value) {
  return [=](words& w) {
    w.x = value;
    return true;
  };
}
auto read_x(int times) {
  return [=](words& w) {
    for (int i = 0; i < times; ++i) read(w.x);
    return true;
  };
}
auto increment_x(int times) {
  return [=](words& w) {
    for (int i = 0; i < times; ++i) w.x.fetch_add(1);
    return true;
  };
}

bool three_writers_and_reads() { return run<words>(write_x(1), write_x(2), write_x(3), read_x(4)); }
bool increments_and_reads() {
  return run<words>(increment_x(1), increment_x(1), read_x(2), write_x(4), read_x(2));
}

TEST(ExplorerPrograms, OneWordThatManyUse) {
  expect_count(three_writers_and_reads, 210);  // fr+w+w+w+reads
  expect_count(increments_and_reads, 600);     // inc+inc+RR+W+RR
  expect_count([] { return run<words>(write_x(1), write_x(2), read_x(2), read_x(1)); }, 36);
  expect_count([] { return run<words>(write_x(1), write_x(2), read_x(2), read_x(2)); }, 72);
  expect_count(
      [] { return run<words>(increment_x(2), increment_x(2), increment_x(1), increment_x(1)); },
      180);  // viktor-relseq
}

TEST(ExplorerPrograms, AReleaseSequence) {
  expect_count(
      [] {
        return run<words>([](words& w) { return w.x = 1, w.y = 1, w.y = 2, true; },
                          [](words& w) { return w.y.exchange(3), true; },
                          [](words& w) { return read(w.y), read(w.x), true; });
      },
      16);
}

TEST(ExplorerPrograms, AlmostIndependentReads) {
  expect_count(
      [] {
        return run<words>(
            write_x(1), [](words& w) { return w.y = w.x.load(), true; },
            [](words& w) { return read(w.x), read(w.y), true; },
            [](words& w) { return read(w.y), read(w.x), true; });
      },
      27);
  expect_count(
      [] {
        return run<words>([](words& w) { return w.x = 1, w.y = 1, true; },
                          [](words& w) { return w.y = 2, read(w.x), true; });
      },
      3);  // R
}

// The i-th makes i + 1 of an i.
TEST(ExplorerPrograms, CompareAndExchangeInARow) {
  constexpr std::uint64_t k_expected[] = {2, 5, 14, 43, 144, 523, 2048, 8597};
  int n = 2;
  for (std::uint64_t expected : k_expected) {
    expect_count(
        [n] {
          return run_many<words>(n, [](words& w, int i) {
            int before = i;
            w.x.compare_exchange(before, i + 1);
          });
        },
        expected);
    ++n;
  }
}

TEST(ExplorerPrograms, CompareAndExchangeThenWrite) {
  constexpr std::uint64_t k_expected[] = {6, 66, 1200, 32'880};
  int n = 2;
  for (std::uint64_t expected : k_expected) {
    expect_count(
        [n] {
          return run_many<words>(n, [](words& w, int i) {
            int zero = 0;
            w.x.compare_exchange(zero, 1);
            w.x = i + 3;
          });
        },
        expected);
    ++n;
  }
}

TEST(ExplorerPrograms, IncrementsOfTwoWordsAndOfThree) {
  std::uint64_t factorial = 1;
  for (int n = 2; n <= 4; ++n) {
    factorial *= static_cast<std::uint64_t>(n);
    auto count = [n](bool three) {
      return run_many<words>(n, [three](words& w, int) {
        w.x.fetch_add(1);
        w.y.fetch_add(1);
        if (three) w.z.fetch_add(1);
      });
    };
    expect_count([&] { return count(false); }, factorial * factorial);             // 4, 36, 576
    expect_count([&] { return count(true); }, factorial * factorial * factorial);  // 8, 216, 13824
  }
}

TEST(ExplorerPrograms, AWriterAndManyReaders) {
  for (int n : {2, 8, 13}) {
    expect_count(
        [n] {
          return run_many<words>(n + 1, [](words& w, int i) {
            if (i == 0) {
              w.x = 42;
            } else {
              read(w.x);
            }
          });
        },
        std::uint64_t{1} << n);  // 4, 256, 8192
  }
}

TEST(ExplorerPrograms, EightWriters) {
  expect_count([] { return run_many<words>(8, [](words& w, int i) { w.x = i; }); }, 40'320);
}

// P. Abdulla et al., "Optimal dynamic partial order reduction", POPL 2014: where source sets alone
// run into what they have seen.
void last_zero(int n, std::uint64_t expected) {
  struct cells {
    word at[16]{};
  };
  expect_count(
      [n] {
        return run_many<cells>(n + 1, [n](cells& c, int i) {
          if (i == 0) {
            int k = n;
            while (c.at[k] != 0) --k;
          } else {
            c.at[i] = c.at[i - 1].load() + 1;
          }
        });
      },
      expected);
}

TEST(ExplorerPrograms, TheLastZero) {
  last_zero(5, 64);
  last_zero(10, 3328);
  if (long_ones_too()) last_zero(15, 147'456);
}

TEST(ExplorerPrograms, TwoReadersAndTwoWritersOfTwoPairs) {
  expect_count(two_pairs_of_words, 69'112);  // big0
}

// SV-COMP's fib_bench.
TEST(ExplorerPrograms, Fibonacci) {
  struct pair {
    word x{1};
    word y{1};
  };
  auto add = [](word pair::* sum) {
    return [=](pair& p) {
      for (int i = 0; i < 5; ++i) {
        int x = p.x;
        int y = p.y;
        p.*sum = x + y;
      }
      return true;
    };
  };
  expect_count(
      [&] {
        return run<pair>(add(&pair::x), add(&pair::y), [](pair& p) {
          check::expect(p.x <= 144 && p.y <= 144);
          return true;
        });
      },
      218'243);
}

TEST(ExplorerPrograms, Eratosthenes) {
  static constexpr int k_size = 5;
  struct sieve {
    word seen[k_size]{};
  };
  auto strike = [](sieve& s) {
    for (int i = 0; i < k_size; ++i) {
      if (s.seen[i] != 0) continue;
      s.seen[i] = 1;
      for (int k = 2 * i + 2; k < k_size; k += i + 2) s.seen[k] = 2;
    }
    return true;
  };
  expect_count([&] { return run<sieve>(strike, strike); }, 398);
}

TEST(ExplorerPrograms, Commits) { expect_count(stamps, 1734); }

// Two publish a pointer and change, in the end, what the last one published.
TEST(ExplorerPrograms, APointerThatTwoPublish) {
  struct shared {
    word x{3};
    word y{4};
    weft::atomic<word*> published{nullptr};
  };
  auto publish = [](word shared::* mine, word shared::* other) {
    return [=](shared& s) {
      s.published = &(s.*mine);
      for (int i = 0; i < 100; ++i) read(s.*other);
      word* last = s.published;
      *last = last->load() + 3;
      return true;
    };
  };
  expect_count(
      [&] { return run<shared>(publish(&shared::y, &shared::x), publish(&shared::x, &shared::y)); },
      410);
}

TEST(ExplorerPrograms, WithABoundOnPreemptions) {
  expect_bounded(
      [] { return run<words>([](words& w) { return w.x = 1, w.x = 2, true; }, read_x(2)); },
      {2, 4, 6});  // CoRR
  expect_bounded(increments_and_reads, {96, 384, 600});
  expect_bounded(three_writers_and_reads, {24, 132, 204, 210});
  expect_bounded(stamps, {2, 8, 26, 60, 118, 208, 340, 522, 764, 1074, 1362, 1612, 1702, 1734});
}

// With more than five the bounded search, which cannot use sleep sets, takes minutes.
TEST(ExplorerPrograms, ALargeOneWithABoundOnPreemptions) {
  std::vector<std::uint64_t> expected{14, 206, 1561, 7410};
  if (long_ones_too()) expected.insert(expected.end(), {21'891, 42'700});
  expect_bounded(two_pairs_of_words, expected);
}

}  // namespace
