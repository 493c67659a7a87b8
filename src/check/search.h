// SPDX-License-Identifier: Apache-2.0
#pragma once
// search: execution after execution under one strategy, and what came of them.        Floor 6.

#include "check/engine.h"

#include <weft/check.h>

#include <chrono>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

struct subject {
  void (*body)(void*);
  void* arg;
};

class search {
 public:
  search(subject what, const weft::check::options& o);
  search(const search&) = delete;
  search& operator=(const search&) = delete;
  ~search();

  weft::check::report& found() noexcept { return report_; }

  /// False: over, one way or the other. most: executions; 0: any number.
  bool run(strategy& s, const char* name, std::uint64_t most);

  /// After each execution that ended without a failure.
  void (*on_result)(void*, std::uint64_t reads_from) = nullptr;
  void* on_result_arg = nullptr;

  /// To be begun again, after prepare(): more goroutines than the clocks have room for, or a look
  /// at a reference count.
  [[nodiscard]] bool unprepared() const noexcept {
    return engine_.width_exceeded || engine_.counts_looked_at;
  }
  void prepare();

  /// Once more, with all that a report needs.
  outcome run_recorded(std::vector<decision> decisions) {
    return run_again(std::move(decisions), true);
  }
  outcome run_again(std::vector<decision> decisions, bool record);
  /// Adds what the last execution, which was recorded, came to.
  void add(outcome o);
  /// Seconds since it began, into the report.
  void stop_the_clock();

  engine& machine() noexcept { return engine_; }

 private:
  void note(outcome o);
  bool does_the_same();
  void show_progress(const strategy& s);
  std::vector<weft::check::finding>& list_of(outcome o) noexcept;

  subject what_;
  weft::check::options options_;
  engine engine_;
  weft::check::report report_;
  std::unordered_set<std::uint64_t> classes_;
  std::set<std::pair<std::vector<std::uintptr_t>, std::vector<std::uintptr_t>>> raced_;
  std::size_t recorded_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = start_;
  bool terminal_ = false;
  bool line_ = false;  // a line of progress stands on the terminal
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
