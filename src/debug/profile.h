// SPDX-License-Identifier: Apache-2.0
#pragma once
// profile: stacks with values, as pprof sees them, and the kinds of profiles there are. Floor 6.
//
// A room that has a kind of its own adds a line to the table in profile_kinds.cc; that gives it an
// endpoint, deltas, both formats, a line in the index and write_profile().

#include <weft/detail/base/config.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace debug {

struct value_type {
  std::string_view type;
  std::string_view unit;
};

struct profile_sample {
  std::vector<std::uintptr_t> pcs;                          // return addresses, innermost first
  std::vector<std::int64_t> values;                         // one for each of profile::types
  std::vector<std::pair<std::string, std::string>> labels;  // by key
};

struct profile {
  std::vector<value_type> types;
  value_type period_type;
  std::int64_t period = 1;
  std::vector<profile_sample> samples;
  std::int64_t time_ns = 0;      // when it was taken, on the system's clock
  std::int64_t duration_ns = 0;  // over which it was taken, or 0
  bool whole_stacks = false;     // show the runtime's own frames too
};

struct profile_kind {
  std::string_view name;
  profile (*collect)();
  std::string (*text)(profile&& p);  // Go's text format (debug=1)
  std::string_view about;            // for the index page
};

/// All kinds but the CPU profile, by name.
std::span<const profile_kind> all_profile_kinds();
const profile_kind* find_profile_kind(std::string_view name);

/// The kind's profile of this moment, as users see it: stamped, without the runtime's own frames,
/// merged.
profile take_profile(const profile_kind& kind);

/// Adds up samples whose stack and labels are the same.
void merge_samples(profile& p);

/// p minus `before`, sample by sample; what is zero is left out.
void subtract(profile& p, const profile& before);

/// {"k":"v", ...}, as Go prints labels.
std::string labels_text(const std::vector<std::pair<std::string, std::string>>& labels);

/// profile.proto, gzip-ed; functions, files and lines are looked up here. Throws.
std::string encode(const profile& p);

/// Go's text format: the heading, then the stacks, largest first. `sort_by` is the index of the
/// value that decides.
std::string to_text(const profile& p, std::string_view heading, std::size_t sort_by);

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
