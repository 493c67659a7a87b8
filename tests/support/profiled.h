// SPDX-License-Identifier: Apache-2.0
// Taking profiles of this process, and functions to look for in them.
#pragma once

#include <weft/debug.h>

#include <chrono>
#include <sstream>
#include <string>
#include <string_view>

#include "support/profile_reader.h"

// Each case has functions of its own to look for, for profiles add up while the process lives.
#define PROFILED [[gnu::noinline]] static void
// Not a jump, and not the same code as another's, which the compiler would make one of.
#define KEEP asm volatile("# %0" ::"i"(__LINE__))

namespace weft_test {

using clock_type = std::chrono::steady_clock;

inline std::int64_t ns_since(clock_type::time_point begin) {
  return std::chrono::nanoseconds(clock_type::now() - begin).count();
}

inline read_profile taken(std::string_view kind) {
  std::ostringstream out;
  weft::debug::write_profile(kind, out);
  return read_profile(std::move(out).str());
}

inline std::string text_of(std::string_view kind) {
  std::ostringstream out;
  weft::debug::write_profile(kind, out, weft::debug::profile_format::text);
  return std::move(out).str();
}

}  // namespace weft_test
