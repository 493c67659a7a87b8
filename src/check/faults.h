// SPDX-License-Identifier: Apache-2.0
#pragma once
// faults: what would end the process becomes the verdict of an execution.             Floor 6.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

/// While one lives, a signal that says that a goroutine of a test has done something impossible (a
/// null pointer, a division by zero, a stack overflow) or has given up (abort(), assert()) ends the
/// execution as a failure. What others do, the checker included, goes where it went before. With
/// AddressSanitizer, which reports such signals itself, they stay as they are. So does a call of
/// std::terminate(), with or without.
class fault_watch {
 public:
  fault_watch() noexcept;
  fault_watch(const fault_watch&) = delete;
  fault_watch& operator=(const fault_watch&) = delete;
  ~fault_watch();
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
