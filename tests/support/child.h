// SPDX-License-Identifier: Apache-2.0
#pragma once
// child: runs the misuse driver in a process of its own and gives back all it said.
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weft_test {

struct child_result {
  int exit_status = -1;  // -1: it did not exit
  int signal = 0;        // the signal that killed it
  bool timed_out = false;
  std::string out;
  std::string err;
};

using environment = std::vector<std::pair<std::string, std::string>>;

// Runs the driver's case `name`. `when_ready` is called once, when the child has printed "ready".
child_result run_case(const std::string& name, const environment& env = {},
                      const std::function<void(pid_t)>& when_ready = {});

// True if the dump has a frame of this function in one of the driver's files: its name in one line,
// file and line number in the next.
bool has_frame(const std::string& dump, const std::string& function);

// How many goroutines the dump shows.
std::size_t count_goroutines(const std::string& dump);

// For failure messages.
std::string describe(const child_result& r);

}  // namespace weft_test
