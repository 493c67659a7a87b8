// SPDX-License-Identifier: Apache-2.0
#pragma once
// assert: invariant checks in three price classes.                                    Floor 0.

#include <weft/detail/base/config.h>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

/// Prints "weft: internal error: EXPR (FILE:LINE)" to stderr and aborts.
[[noreturn]] WEFT_COLD void assert_failed(const char* expr, const char* file, int line) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END

#define WEFT_CHECK_(x) \
  (WEFT_LIKELY(x) ? (void)0 : ::weft::detail::assert_failed(#x, __FILE__, __LINE__))

#if WEFT_ASSERT_LEVEL >= 1
#define WEFT_ASSERT(x) WEFT_CHECK_(x)
#else
#define WEFT_ASSERT(x) ((void)0)
#endif
#if WEFT_ASSERT_LEVEL >= 2
#define WEFT_ASSERT_2(x) WEFT_CHECK_(x)
#else
#define WEFT_ASSERT_2(x) ((void)0)
#endif
#if WEFT_ASSERT_LEVEL >= 3
#define WEFT_ASSERT_3(x) WEFT_CHECK_(x)
#else
#define WEFT_ASSERT_3(x) ((void)0)
#endif
