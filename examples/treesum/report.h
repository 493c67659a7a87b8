// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a pass over the tree found, and how it is told. Called by the collecting goroutine and main.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "entry.h"

namespace treesum {

// Gathers the entries of one pass. Used by one goroutine or thread.
struct tally {
  std::vector<entry> hashed;
  std::uintmax_t bytes = 0;
  std::size_t failed = 0;
  bool root_failed = false;
  double seconds = 0;  // until all was gathered and sorted

  void add(entry found, const std::string& root);
  void finish(std::chrono::steady_clock::time_point start);
};

// A line as sha256sum prints it, with its escapes for odd names, newline included.
std::string line(const entry& found);

// Writes all lines. Gives 0 or the error.
int write_lines(std::FILE* out, const tally& tally);

// Standard error. One goroutine or thread at a time uses it.
class console {
 public:
  console();
  bool is_terminal() const { return terminal_; }
  void say(const std::string& text);
  void say(const entry& found);
  void progress(const tally& tally);  // a line that the next output replaces
 private:
  void clear();
  const bool terminal_;
  bool shown_ = false;
};

// "24274 files, 301.2 MB, 0.81 s, 371.9 MB/s"
std::string summary(const tally& tally);

}  // namespace treesum
