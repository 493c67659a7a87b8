// SPDX-License-Identifier: Apache-2.0
// kernels_test.cc: every kernel is found by the default strategy, and its repaired body has nothing
// to find.
//
// With --table as its argument the program writes the table of docs/design/kernels.md instead.

#include "kernels/kernel.h"

#include <weft/check.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace kernels {
namespace {

namespace check = weft::check;

std::vector<kernel>& registered() {
  static std::vector<kernel> all;
  return all;
}

// The samplers of the portfolio: five times two hundred. A bug that only shows later, in the
// exhaustive part, would depend on how far that gets.
constexpr std::uint64_t k_sampled = 1000;

// "[chan send]" is S.
std::string short_reason(const std::string& reason) {
  static const std::map<std::string, std::string> all{
      {"sync.Mutex.Lock", "L"},     {"sync.RWMutex.Lock", "WL"},
      {"sync.RWMutex.RLock", "RL"}, {"chan send", "S"},
      {"chan receive", "R"},        {"select", "Sel"},
      {"sync.Cond.Wait", "C"},      {"sync.WaitGroup.Wait", "W"},
      {"once::call", "once"},       {"chan receive (nil chan)", "R"}};
  auto found = all.find(reason);
  return found != all.end() ? found->second : reason;
}

// Who is blocked in what, from a report: "main:W left:L", in the order of their names.
std::string blocked_in(const std::string& text) {
  std::istringstream lines(text);
  std::set<std::string> who;
  for (std::string line; std::getline(lines, line);) {
    if (line == "schedule:") break;
    std::size_t open = line.find(" [");
    std::size_t close = line.find(']', open);
    if (!line.starts_with("  ") || open == std::string::npos || close == std::string::npos)
      continue;
    std::string name = line.substr(2, open - 2);
    if (std::size_t paren = name.find('('); paren != std::string::npos)
      name = name.substr(paren + 1, name.size() - paren - 2);
    who.insert(name + ":" + short_reason(line.substr(open + 2, close - open - 2)));
  }
  std::string out;
  for (const std::string& each : who) out += (out.empty() ? "" : " ") + each;
  return out;
}

std::string sorted(std::string_view said) {
  std::istringstream words{std::string(said)};
  std::set<std::string> who;
  for (std::string word; words >> word;) who.insert(word);
  std::string out;
  for (const std::string& each : who) out += (out.empty() ? "" : " ") + each;
  return out;
}

// The lines of a kernel that are marked as taking part in its race.
std::set<int> marked_lines(std::string_view file) {
  // An object out of a compiler cache may name the folder of another checkout.
  std::string here = WEFT_KERNEL_FOLDER "/" + std::string(file.substr(file.rfind('/') + 1));
  std::ifstream in(here);
  std::set<int> lines;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.ends_with("// race")) lines.insert(number);
  }
  return lines;
}

// The line of the innermost frame, on each side of a race, that stands in the kernel.
std::vector<int> raced_lines(const std::string& text, std::string_view file) {
  std::string base(file.substr(file.rfind('/') + 1));
  std::vector<int> lines;
  std::istringstream in(text);
  bool looking = false;
  for (std::string line; std::getline(in, line) && line != "schedule:";) {
    bool frame = line.starts_with("      ");
    if (!frame) looking = true;
    std::size_t at = line.find(base + ":");
    if (!frame || !looking || at == std::string::npos) continue;
    lines.push_back(std::atoi(line.c_str() + at + base.size() + 1));
    looking = false;
  }
  return lines;
}

const std::vector<check::finding>& findings_of(const check::report& r, verdict v) {
  switch (v) {
    case verdict::deadlock:
      return r.deadlocks;
    case verdict::leak:
      return r.leaks;
    case verdict::race:
      return r.races;
    default:
      return r.failures;
  }
}

std::string_view name_of(verdict v) {
  constexpr std::string_view k_names[] = {"deadlock", "leak", "race", "panic"};
  return k_names[static_cast<std::size_t>(v)];
}

check::report search(const kernel& k, bool repaired) {
  check::options o;
  if (repaired) o.max_executions = k.bound;
  return check::explore([&] { k.body(repaired); }, o);
}

class Kernels : public testing::TestWithParam<kernel> {};

TEST_P(Kernels, TheBugIsFound) {
  const kernel& k = GetParam();
  check::report r = search(k, false);
  const std::vector<check::finding>& found = findings_of(r, k.expected);
  ASSERT_EQ(found.size(), 1U) << "no " << name_of(k.expected) << "\n" << r;
  EXPECT_LE(r.executions, k_sampled) << r;
  if (k.expected == verdict::race) {
    std::vector<int> lines = raced_lines(found[0].text, k.file);
    std::set<int> marked = marked_lines(k.file);
    EXPECT_EQ(lines.size(), 2U) << r;
    for (int line : lines) EXPECT_TRUE(marked.contains(line)) << line << "\n" << r;
  } else if (k.expected == verdict::panic) {
    EXPECT_NE(std::ranges::find(k.said, std::string_view(found[0].what)), k.said.end()) << r;
  } else {
    std::string who = blocked_in(found[0].text);
    EXPECT_TRUE(std::ranges::any_of(k.said, [&](auto set) { return sorted(set) == who; }))
        << who << "\n"
        << r;
  }
  check::report again = check::replay(r.schedule, [&] { k.body(false); });
  ASSERT_EQ(findings_of(again, k.expected).size(), 1U) << again;
  EXPECT_EQ(findings_of(again, k.expected)[0].what, found[0].what);
  EXPECT_EQ(blocked_in(findings_of(again, k.expected)[0].text), blocked_in(found[0].text));
}

TEST_P(Kernels, TheRepairHolds) {
  const kernel& k = GetParam();
  check::report r = search(k, true);
  EXPECT_TRUE(r.ok()) << r;
  EXPECT_EQ(r.complete, k.bound == 0) << r.summary();
}

std::string title(const testing::TestParamInfo<kernel>& info) {
  std::string name(info.param.bug);
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(GoBench, Kernels, testing::ValuesIn(all()), title);

// What does not depend on how the search goes: the kernel, its class, what it comes to.
std::string fixed_columns(const kernel& k) {
  std::string what;
  for (std::string_view s : k.said) what += (what.empty() ? "" : " or ") + std::string(s);
  if (k.expected == verdict::race) what = "two marked lines";
  return "| " + std::string(k.bug) + " | " + std::string(k.kind) + " | " +
         std::string(name_of(k.expected)) + " | " + what + " |";
}

TEST(KernelTable, NamesEveryKernelAndItsVerdict) {
  std::ifstream in(WEFT_KERNEL_TABLE);
  ASSERT_TRUE(in) << WEFT_KERNEL_TABLE;
  std::stringstream page;
  page << in.rdbuf();
  for (const kernel& k : all())
    EXPECT_NE(page.str().find("\n" + fixed_columns(k)), std::string::npos) << fixed_columns(k);
}

}  // namespace

registration::registration(kernel k) { registered().push_back(std::move(k)); }

const std::vector<kernel>& all() {
  std::ranges::sort(registered(), {}, &kernel::bug);
  return registered();
}

void write_table() {
  std::printf("| kernel | class | verdict | blocked, or said | executions | ms | repaired |\n");
  std::printf("| ------ | ----- | ------- | ---------------- | ---------- | -- | -------- |\n");
  for (const kernel& k : all()) {
    check::report bug = search(k, false);
    check::report fine = search(k, true);
    std::printf("%s %llu (%s) | %.1f | %s%llu |\n", fixed_columns(k).c_str(),
                static_cast<unsigned long long>(bug.executions), bug.strategy.c_str(),
                bug.seconds * 1000, fine.complete ? "all " : "first ",
                static_cast<unsigned long long>(fine.complete ? fine.behaviours : fine.executions));
  }
}

}  // namespace kernels

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--table") {
    kernels::write_table();
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
