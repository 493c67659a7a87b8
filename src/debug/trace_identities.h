// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_identities: names for the goroutines of a trace.                              Floor 6.

#include "debug/trace_merge.h"

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Who the goroutines in a recording are. What was recorded of a goroutine's creation or end, and
/// what is known of those that still live, is put together.
class trace_identities {
 public:
  trace_identities(const detail::trace::contents& all, const std::vector<goroutine_now>& living);

  /// "goroutine 7: worker", or where it was created: "goroutine 7: main() server.cc:31".
  std::string name(std::uint64_t id);

  /// Whether it is among the `most` goroutines with most records.
  [[nodiscard]] bool has_lane(std::uint64_t id) const;
  void limit(std::size_t most);
  [[nodiscard]] std::size_t without_lane() const { return without_lane_; }

 private:
  struct identity {
    std::string name;
    std::uintptr_t creator = 0;
    std::uint64_t records = 0;
    bool lane = true;
  };
  void note(const detail::trace::record& r);
  const std::string& place(std::uintptr_t creator);

  std::unordered_map<std::uint64_t, identity> all_;
  std::unordered_map<std::uintptr_t, std::string> places_;
  std::size_t without_lane_ = 0;
};

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
