// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command line.
#include <optional>
#include <string>

namespace treesum {

enum status : int { k_ok = 0, k_some_failed = 1, k_cannot_run = 2, k_interrupted = 130 };

struct options {
  std::string root = "/usr/include";
  unsigned digesters = 0;  // 0: four per processor, as some of them wait for the disk
  bool quiet = false;
  bool compare = true;
  std::string output;  // empty: standard output
};

// The options, or nothing when the program is to end with exit_status (-h, or a mistake).
std::optional<options> parse(int argc, char** argv, int& exit_status);

}  // namespace treesum
