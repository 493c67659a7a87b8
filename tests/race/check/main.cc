// SPDX-License-Identifier: Apache-2.0
// main.cc: of the corpus under the checker, which explores every schedule of every program.
//
// A racy program must be reported at lines that are marked, and at each of these in some schedule;
// a clean one in none.

#include "race/corpus.h"

#include <weft/check.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

namespace race_corpus {
namespace {

namespace check = weft::check;

program* g_first = nullptr;

std::vector<program> all() {
  std::vector<program> list;
  for (const program* p = g_first; p != nullptr; p = p->next) list.push_back(*p);
  return list;
}

// The marked lines of a program: from its first line to the brace that ends it.
std::set<int> marked_lines(const program& p) {
  // An object out of a compiler cache may name the folder of another checkout.
  const std::string_view file = p.file;
  std::ifstream in(WEFT_CORPUS_FOLDER "/" + std::string(file.substr(file.rfind('/') + 1)));
  std::set<int> lines;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    if (++number < p.line) continue;
    if (line.ends_with("// race")) lines.insert(number);
    if (line.starts_with("}")) break;
  }
  return lines;
}

// The line of the innermost frame, on each side of a race, that stands in the program's file.
std::set<int> raced_lines(const std::string& text, std::string_view file) {
  std::string base(file.substr(file.rfind('/') + 1));
  std::set<int> lines;
  std::istringstream in(text);
  bool looking = false;
  for (std::string line; std::getline(in, line) && line != "schedule:";) {
    bool frame = line.starts_with("      ");
    if (!frame) looking = true;
    std::size_t at = line.find(" at " + base + ":");
    if (!frame || !looking || at == std::string::npos) continue;
    lines.insert(std::atoi(line.c_str() + at + base.size() + 5));
    looking = false;
  }
  return lines;
}

std::string words(const std::set<int>& lines) {
  std::string out;
  for (int line : lines) out += " " + std::to_string(line);
  return out;
}

class Corpus : public testing::TestWithParam<program> {};

TEST_P(Corpus, HasTheVerdictOfTheRaceBuild) {
  const program& p = GetParam();
  check::report r = check::explore(p.run, {.strategy = check::exhaustive,
                                           .max_executions = 100'000,
                                           .on_race = check::report_only,
                                           .stop_at_failure = false});
  RecordProperty("executions", std::to_string(r.executions));
  EXPECT_TRUE(r.complete) << r.summary();
  EXPECT_TRUE(r.failures.empty() && r.deadlocks.empty() && r.leaks.empty()) << r;
  if (!p.racy) {
    EXPECT_TRUE(r.races.empty()) << r;
    return;
  }
  ASSERT_FALSE(r.races.empty()) << r.summary();
  std::set<int> marked = marked_lines(p);
  std::set<int> seen;
  for (const check::finding& f : r.races) {
    std::set<int> lines = raced_lines(f.text, p.file);
    EXPECT_TRUE(std::ranges::includes(marked, lines)) << words(lines) << "\n" << f.text;
    seen.insert(lines.begin(), lines.end());
  }
  EXPECT_EQ(seen, marked) << "reported:" << words(seen) << ", marked:" << words(marked);
}

std::string title(const testing::TestParamInfo<program>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Race, Corpus, testing::ValuesIn(all()), title);

}  // namespace

registration::registration(const char* name, bool racy, void (*run)(), const char* file, int line)
    : entry{name, racy, run, file, line, g_first} {
  g_first = &entry;
}

// All schedules are run: nothing need be made likelier.
void window() {}

int times(int n, int few) { return std::min(n, few); }

}  // namespace race_corpus

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
