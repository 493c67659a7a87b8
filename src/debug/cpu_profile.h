// SPDX-License-Identifier: Apache-2.0
#pragma once
// cpu_profile: samples of the threads' CPU time, as a profile.                        Floor 6.

#include "debug/profile.h"
#include "runtime/cpu_samples.h"

#include <map>

namespace weft::inline WEFT_WORLD {
namespace debug {

/// Records from when it is made until finish(), or until it is destroyed. Throws
/// std::system_error, with errc::operation_in_progress if there is one already.
class cpu_recording {
 public:
  cpu_recording();
  ~cpu_recording();
  cpu_recording(const cpu_recording&) = delete;
  cpu_recording& operator=(const cpu_recording&) = delete;

  /// To be called every k_cpu_poll_ms or so.
  void poll();
  profile finish();

 private:
  using key = std::pair<std::vector<std::uintptr_t>, detail::label_pairs>;

  static void add(void* self, detail::cpu_sample& s);

  std::map<key, std::int64_t> ticks_;
  std::int64_t began_ns_;  // on the steady clock
  std::int64_t began_system_ns_;
  bool recording_ = true;
};

/// On std::chrono::system_clock.
std::int64_t system_now_ns();

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
