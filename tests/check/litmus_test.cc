// SPDX-License-Identifier: Apache-2.0
// litmus_test.cc: the classic shapes, on plain variables and on atomics.
//
// For each shape: is the outcome allowed for Go's plain variables, in how many ways can reads find
// writes, and how many results are there with the final values that main reads? The figures were
// computed from the axioms by brute force; for atomics they are GenMC's under sequential
// consistency.

#include <weft/atomic.h>
#include <weft/check.h>
#include <weft/go.h>
#include <weft/mutex.h>
#include <weft/var.h>
#include <weft/wait_group.h>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace check = weft::check;

// A shape in the usual notation: "x=1;r0=y || y=1;r1=x", and the outcome that is asked about.
struct shape {
  const char* name;
  const char* program;
  const char* asked;
  bool allowed;            // for plain variables
  std::uint64_t reads;     // ways to read, plain
  std::uint64_t results;   // results, plain
  std::uint64_t atomics;   // behaviours of atomics
  bool coherently;         // allowed, if each variable has one order of writes
  std::uint64_t coherent;  // ways to read and orders of writes, then
};

constexpr shape k_shapes[] = {
    {"CoWW", "x=1;x=2", "x=1", false, 1, 1, 1, false, 1},
    {"CoRR", "x=1 || r0=x;r1=x", "r0=1,r1=0", true, 4, 4, 3, false, 3},
    {"CoRW1", "r0=x;x=1", "r0=1", false, 1, 1, 1, false, 1},
    {"CoWR", "x=1;r0=x || x=2", "r0=2,x=1", true, 2, 4, 3, false, 3},
    {"CoWR0", "x=1;r0=x", "r0=0", false, 1, 1, 1, false, 1},
    {"MP", "x=1;y=1 || r0=y;r1=x", "r0=1,r1=0", true, 4, 4, 3, true, 4},
    {"SB", "x=1;r0=y || y=1;r1=x", "r0=0,r1=0", true, 4, 4, 3, true, 4},
    {"LB", "r0=x;y=1 || r1=y;x=1", "r0=1,r1=1", false, 3, 3, 3, false, 3},
    {"S", "x=2;y=1 || r0=y;x=1", "r0=1,x=2", true, 2, 4, 3, true, 4},
    {"2+2W", "x=1;y=2 || y=1;x=2", "x=1,y=1", true, 1, 4, 3, true, 4},
    {"RWC", "x=1 || r0=x;r1=y || y=1;r2=x", "r0=1,r1=0,r2=0", true, 8, 8, 7, true, 8},
    {"WRW+WR", "x=1 || r0=x;y=1 || y=2;r1=x", "r0=1,y=2,r1=0", true, 4, 8, 7, true, 8},
    {"WWC", "x=2 || r0=x;y=1 || r1=y;x=1", "r0=2,r1=1,x=2", true, 5, 10, 9, true, 10},
    {"WRW+2W", "x=2 || r0=x;y=1 || y=2;x=1", "r0=2,y=2,x=2", true, 3, 12, 9, true, 12},
    {"ISA2", "x=1;y=1 || r0=y;z=1 || r1=z;r2=x", "r0=1,r1=1,r2=0", true, 8, 8, 7, true, 8},
    {"IRIW", "x=1 || r0=x;r1=y || y=1 || r2=y;r3=x", "r0=1,r1=0,r2=1,r3=0", true, 16, 16, 15, true,
     16},
    {"IRWIW", "x=2 || r0=x;y=1 || y=2 || r1=y;x=1", "r0=2,r1=2,x=2,y=2", true, 8, 32, 27, true, 32},
    {"Z6.0", "x=1;y=1 || r0=y;z=1 || z=2;r1=x", "r0=1,z=2,r1=0", true, 4, 8, 7, true, 8},
    {"Z6.2", "x=2;y=1 || r0=y;z=1 || r1=z;x=1", "r0=1,r1=1,x=2", true, 4, 8, 7, true, 8},
    {"Z6.3", "x=1;y=1 || y=2;z=1 || r0=z;r1=x", "y=2,r0=1,r1=0", true, 4, 8, 7, true, 8},
    {"Z6.4", "x=1;y=1 || y=2;r0=z || z=1;r1=x", "y=2,r0=0,r1=0", true, 4, 8, 7, true, 8},
    {"Z6.5", "x=1;y=1 || y=2;z=1 || z=2;r0=x", "y=2,z=2,r0=0", true, 2, 8, 7, true, 8},
    {"3.LB", "r0=x;y=1 || r1=y;z=1 || r2=z;x=1", "r0=1,r1=1,r2=1", false, 7, 7, 7, false, 7},
    {"3.2W", "x=1;y=2 || y=1;z=2 || z=1;x=2", "x=1,y=1,z=1", true, 1, 8, 7, true, 8},
    {"CoRR2", "x=1 || x=2 || r0=x;r1=x || r2=x;r3=x", "r0=1,r1=2,r2=2,r3=1", true, 81, 162, 72,
     false, 72},
};

struct statement {
  bool read;
  int variable;  // 0 to 2: x, y, z
  int value;     // or the number of the register
};

std::vector<std::vector<statement>> parse(const std::string& text) {
  std::vector<std::vector<statement>> out(1);
  std::string word;
  std::istringstream in(text);
  while (in >> word) {
    if (word == "||") {
      out.emplace_back();
      continue;
    }
    std::istringstream parts(word);
    std::string s;
    while (std::getline(parts, s, ';')) {
      bool read = s[0] == 'r';
      out.back().push_back(read ? statement{true, s[3] - 'x', s[1] - '0'}
                                : statement{false, s[0] - 'x', s[2] - '0'});
    }
  }
  return out;
}

constexpr std::size_t k_registers = 4;
constexpr std::size_t k_variables = 3;
// The registers, then the final values.
using result = std::array<int, k_registers + k_variables>;

bool is_asked(const result& r, const std::string& asked) {
  std::istringstream parts(asked);
  std::string s;
  while (std::getline(parts, s, ',')) {
    std::size_t at = s[0] == 'r' ? static_cast<std::size_t>(s[1] - '0')
                                 : k_registers + static_cast<std::size_t>(s[0] - 'x');
    if (r[at] != s.back() - '0') return false;
  }
  return true;
}

template <class Word>
result run(const std::vector<std::vector<statement>>& program, bool finals) {
  Word words[k_variables] = {0, 0, 0};
  result r{};
  weft::wait_group all;
  all.add(static_cast<int>(program.size()));
  for (const auto& g : program) {
    weft::go([&, code = &g] {
      for (const statement& s : *code) {
        Word& w = words[s.variable];
        if (s.read) {
          r[static_cast<std::size_t>(s.value)] = w;
        } else {
          w = s.value;
        }
      }
      all.done();
    });
  }
  all.wait();
  for (std::size_t v = 0; finals && v < k_variables; ++v) r[k_registers + v] = words[v];
  return r;
}

class Litmus : public testing::TestWithParam<shape> {};

TEST_P(Litmus, PlainVariablesUnderGosModel) {
  const shape& s = GetParam();
  auto program = parse(s.program);
  auto finals = check::outcomes<result>([&] { return run<weft::var<int>>(program, true); });
  EXPECT_TRUE(finals.how.complete);
  EXPECT_EQ(finals.size(), s.results);
  bool found = false;
  for (const auto& [r, n] : finals) found = found || is_asked(r, s.asked);
  EXPECT_EQ(found, s.allowed);
  auto reads = check::outcomes<result>([&] { return run<weft::var<int>>(program, false); });
  EXPECT_EQ(reads.reads_from, s.reads);
}

TEST_P(Litmus, PlainVariablesWithOneOrderOfWrites) {
  const shape& s = GetParam();
  auto program = parse(s.program);
  auto finals =
      check::outcomes<result>([&] { return run<weft::var<int>>(program, true); }, check::coherent);
  EXPECT_TRUE(finals.how.complete);
  bool found = false;
  for (const auto& [r, n] : finals) found = found || is_asked(r, s.asked);
  EXPECT_EQ(found, s.coherently);
  auto graphs =
      check::outcomes<result>([&] { return run<weft::var<int>>(program, false); }, check::coherent);
  EXPECT_EQ(graphs.reads_from, s.coherent);
}

TEST_P(Litmus, PlainVariablesSequentiallyConsistent) {
  const shape& s = GetParam();
  auto program = parse(s.program);
  auto all = check::outcomes<result>([&] { return run<weft::var<int>>(program, true); }, check::sc);
  for (const auto& [r, n] : all) EXPECT_FALSE(is_asked(r, s.asked));
}

TEST_P(Litmus, Atomics) {
  const shape& s = GetParam();
  auto program = parse(s.program);
  auto all = check::outcomes<result>([&] { return run<weft::atomic<int>>(program, false); });
  EXPECT_EQ(all.how.executions, s.atomics);
  EXPECT_EQ(all.how.behaviours, s.atomics);
  auto finals = check::outcomes<result>([&] { return run<weft::atomic<int>>(program, true); });
  for (const auto& [r, n] : finals) EXPECT_FALSE(is_asked(r, s.asked));
}

// The shapes that need an if: who finds the other's flag down goes in.
template <class Word>
int both_inside() {
  Word flag[2] = {0, 0};
  weft::wait_group both;
  int inside[2] = {0, 0};
  for (int i = 0; i < 2; ++i) {
    both.go([&, i] {
      flag[i] = 1;
      int other = flag[1 - i];
      inside[i] = other == 0 ? 1 : 0;
    });
  }
  both.wait();
  return inside[0] + inside[1];
}

TEST(LitmusShapes, DekkersFlags) {
  for (check::memory_kind model : {check::go, check::coherent})
    EXPECT_EQ(check::outcomes<int>([] { return both_inside<weft::var<int>>(); }, model).count(2),
              1U);
  EXPECT_EQ(check::outcomes<int>([] { return both_inside<weft::var<int>>(); }, check::sc).count(2),
            0U);
  EXPECT_EQ(check::outcomes<int>([] { return both_inside<weft::atomic<int>>(); }).count(2), 0U);
}

template <class Word>
int most_inside_petersons_lock() {
  Word flag[2] = {0, 0};
  Word turn = 0;
  weft::atomic<int> inside{0};
  weft::atomic<int> most{0};
  weft::wait_group both;
  for (int i = 0; i < 2; ++i) {
    both.go([&, i] {
      flag[i] = 1;
      turn = 1 - i;
      while (flag[1 - i] == 1 && turn == 1 - i) return;  // one look: a round that waits is another
      if (++inside == 2) most = 2;
      --inside;
      flag[i] = 0;
    });
  }
  both.wait();
  return most;
}

TEST(LitmusShapes, PetersonsLock) {
  for (check::memory_kind model : {check::go, check::coherent})
    EXPECT_EQ(
        check::outcomes<int>([] { return most_inside_petersons_lock<weft::var<int>>(); }, model)
            .count(2),
        1U);
  auto sc =
      check::outcomes<int>([] { return most_inside_petersons_lock<weft::var<int>>(); }, check::sc);
  EXPECT_EQ(sc.count(2), 0U);
  auto at = check::outcomes<int>([] { return most_inside_petersons_lock<weft::atomic<int>>(); });
  EXPECT_EQ(at.count(2), 0U);
  EXPECT_TRUE(at.how.complete);
}

// p.msg = 1; g = &p || if (g) r = g->msg.
template <class Word, template <class> class Pointer>
int published() {
  struct message {
    Word text = 0;
  } m;
  Pointer<message*> g = nullptr;
  int found = -1;
  weft::wait_group both;
  both.go([&] {
    m.text = 1;
    g = &m;
  });
  both.go([&] {
    message* seen = g;
    if (seen != nullptr) found = seen->text;
  });
  both.wait();
  return found;
}

TEST(LitmusShapes, APointerThatIsPublished) {
  for (check::memory_kind model : {check::go, check::coherent}) {
    auto all = check::outcomes<int>([] { return published<weft::var<int>, weft::var>(); }, model);
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(all.reads_from, 3U);
    EXPECT_EQ(all.count(0), 1U);
  }
  auto at = check::outcomes<int>([] { return published<weft::atomic<int>, weft::atomic>(); });
  EXPECT_EQ(at.count(0), 0U);
  EXPECT_EQ(at.size(), 2U);
}

// IRIW with y atomic: x alone lets the readers disagree.
template <class X, class Y>
bool readers_may_disagree(check::memory_kind model) {
  auto all = check::outcomes<int>(
      [] {
        X x = 0;
        Y y = 0;
        std::array<int, 4> r{};
        weft::wait_group done;
        done.add(4);
        weft::go([&] { x = 1, done.done(); });
        weft::go([&] { y = 1, done.done(); });
        weft::go([&] { r[0] = x, r[1] = y, done.done(); });
        weft::go([&] { r[2] = y, r[3] = x, done.done(); });
        done.wait();
        return 8 * r[0] + 4 * r[1] + 2 * r[2] + r[3];
      },
      model);
  EXPECT_TRUE(all.how.complete);
  return all.contains(8 * 1 + 4 * 0 + 2 * 1 + 0);
}

TEST(LitmusShapes, IndependentReadsWithOneVariableAtomic) {
  using plain = weft::var<int>;
  using atomic = weft::atomic<int>;
  EXPECT_TRUE((readers_may_disagree<plain, atomic>(check::go)));
  EXPECT_TRUE((readers_may_disagree<plain, atomic>(check::coherent)));
  EXPECT_FALSE((readers_may_disagree<plain, atomic>(check::sc)));
  EXPECT_FALSE((readers_may_disagree<atomic, atomic>(check::go)));
}

// A string, a slice, an interface: two words that belong together.
struct slice {
  const char* data;
  long size;
};

bool may_be_torn(check::memory_kind model, bool ordered, const check::options& o = {}) {
  static const char text[] = "long";
  auto all = check::outcomes<int>(
      [=] {
        weft::var<slice> shared = slice{text, 1};
        slice seen{};
        weft::mutex m;
        weft::wait_group both;
        both.add(2);
        auto in_order = [&](auto f) {
          if (ordered) m.lock();
          f();
          if (ordered) m.unlock();
          both.done();
        };
        weft::go([&] { in_order([&] { shared = slice{text + 1, 2}; }); });
        weft::go([&] { in_order([&] { seen = shared; }); });
        both.wait();
        return 10 * static_cast<int>(seen.data - text) + static_cast<int>(seen.size);
      },
      model, o);
  EXPECT_TRUE(all.how.complete);
  EXPECT_TRUE(all.contains(1) && all.contains(12));
  // The pointer of the one and the size of the other.
  EXPECT_EQ(all.contains(2), all.contains(11));
  return all.contains(2);
}

TEST(LitmusShapes, ARacyReadOfTwoWordsMayBeTorn) {
  for (check::memory_kind model : {check::go, check::coherent, check::sc}) {
    EXPECT_TRUE(may_be_torn(model, false));
    EXPECT_FALSE(may_be_torn(model, true));
    EXPECT_FALSE(may_be_torn(model, false, {.tear = false}));
  }
}

// A whole value of more than a word has the history of a small one: it may be seen late.
template <class T>
check::outcome_set<std::pair<int, int>> two_reads(T first, T second, check::memory_kind model) {
  return check::outcomes<std::pair<int, int>>(
      [=] {
        weft::var<T> x = first;
        std::pair<int, int> seen;
        weft::wait_group both;
        both.go([&] { x = second; });
        both.go([&] {
          const bool old_first = T(x) == first;
          const bool old_second = T(x) == first;
          seen = {old_first ? 0 : 1, old_second ? 0 : 1};
        });
        both.wait();
        check::expect(T(x) == second);
        return seen;
      },
      model, {.stop_at_failure = false, .tear = false});
}

TEST(LitmusShapes, AWholeValueIsReadAsASmallOneIs) {
  using large = std::array<long, 40>;
  for (check::memory_kind model : {check::go, check::coherent, check::sc}) {
    auto of_large = two_reads(large{1}, large{1, 2}, model);
    auto of_small = two_reads(1, 2, model);
    EXPECT_TRUE(of_large.how.ok() && of_large.how.complete) << of_large.how;
    EXPECT_EQ(of_large, of_small);
    EXPECT_EQ(of_large.reads_from, of_small.reads_from);
    EXPECT_EQ(of_large.contains({1, 0}), model == check::go);
  }
}

TEST(Outcomes, AreComparedWithThoseThatAreExpected) {
  using two = std::pair<int, int>;
  auto store_buffering = [] {
    weft::atomic<int> x = 0, y = 0;
    two seen;
    weft::wait_group both;
    both.go([&] { x = 1, seen.first = y; });
    both.go([&] { y = 1, seen.second = x; });
    both.wait();
    return seen;
  };
  auto all = check::outcomes<two>(store_buffering);
  auto right = all.against({.allowed = {{0, 1}, {1, 0}, {1, 1}}, .forbidden = {{0, 0}}});
  EXPECT_TRUE(right) << right;
  std::ostringstream histogram;
  histogram << all;
  EXPECT_EQ(right.text, histogram.str());

  auto wrong = all.against({.allowed = {{0, 0}, {0, 1}, {1, 1}}, .forbidden = {{1, 1}}});
  EXPECT_FALSE(wrong);
  EXPECT_EQ(wrong.forbidden, (std::set<two>{{1, 1}}));
  EXPECT_EQ(wrong.unexpected, (std::set<two>{{1, 0}}));
  EXPECT_EQ(wrong.missing, (std::set<two>{{0, 0}}));
  for (const char* line : {"  (0, 1)\n", "1  (1, 0)  UNEXPECTED\n", "1  (1, 1)  FORBIDDEN\n",
                           "         0  (0, 0)  allowed, not found\nweft::check: ok, exhaustive"})
    EXPECT_NE(wrong.text.find(line), std::string::npos) << line << wrong;

  // What was not seen through proves nothing.
  auto part = check::outcomes<two>(store_buffering, check::go, {.max_executions = 2});
  EXPECT_FALSE(part.against({.forbidden = {{0, 0}}}));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Litmus, testing::ValuesIn(k_shapes),
                         [](const testing::TestParamInfo<shape>& i) {
                           std::string name = i.param.name;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

}  // namespace
