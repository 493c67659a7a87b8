// SPDX-License-Identifier: Apache-2.0
// assert.cc: what a failed invariant check prints.                                    Floor 0.

#include <weft/detail/base/assert.h>

#include <cstdio>
#include <cstdlib>

namespace weft::inline WEFT_WORLD {
namespace detail {

void assert_failed(const char* expr, const char* file, int line) noexcept {
  std::fprintf(stderr, "weft: internal error: %s (%s:%d)\n", expr, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
