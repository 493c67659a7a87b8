// SPDX-License-Identifier: Apache-2.0
// main.cc: of the model tests. --sites prints what they performed; --weaken=FILE:LINE:WHAT makes
// one operation weaker than it is written: tests/model/weaken.py.

#include "check/fine.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace checker = weft::detail::checker;

checker::weakening parse(const std::string& text) {
  std::size_t second = text.rfind(':');
  std::size_t first = text.rfind(':', second - 1);
  checker::weakening w;
  w.file = text.substr(0, first);
  w.line = static_cast<unsigned>(std::stoul(text.substr(first + 1, second - first - 1)));
  std::string_view how = std::string_view(text).substr(second + 1);
  w.how = how == "acquire"   ? checker::weakening::no_acquire
          : how == "release" ? checker::weakening::no_release
          : how == "seq_cst" ? checker::weakening::no_seq_cst
                             : checker::weakening::no_fence;
  return w;
}

const char* name_of(std::memory_order order) {
  constexpr const char* k_names[] = {"relaxed", "consume", "acquire",
                                     "release", "acq_rel", "seq_cst"};
  return k_names[static_cast<int>(order)];
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  bool sites = false;
  for (int i = 1; i < argc; ++i) {
    std::string_view arg = argv[i];
    constexpr std::string_view k_weaken = "--weaken=";
    if (arg == "--sites") sites = true;
    if (arg.starts_with(k_weaken)) checker::weaken(parse(std::string(arg.substr(k_weaken.size()))));
  }
  int result = RUN_ALL_TESTS();
  if (!sites) return result;
  for (const checker::site& s : checker::sites_seen())
    std::printf("site %s:%u %s %s\n", s.file, s.line, s.what, name_of(s.order));
  return result;
}
