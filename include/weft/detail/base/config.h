// SPDX-License-Identifier: Apache-2.0
#pragma once
// config: the macros every other file may rely on.                                    Floor 0.

#include <cstddef>

// The three builds of weft (run, race, check) live in three inline namespaces, so that mixing
// objects of two of them is a link error and never undefined behaviour.
#ifndef WEFT_RACE
#define WEFT_RACE 0
#endif
#ifndef WEFT_CHECK
#define WEFT_CHECK 0
#endif
#if WEFT_RACE
#define WEFT_WORLD in_race
#elif WEFT_CHECK
#define WEFT_WORLD in_check
#else
#define WEFT_WORLD in_run
#endif

// 0: none; 1: cheap checks; 2: also per-operation checks; 3: also whole-structure walks.
#ifndef WEFT_ASSERT_LEVEL
#define WEFT_ASSERT_LEVEL 1
#endif

#define WEFT_NOINLINE [[gnu::noinline]]
#if WEFT_RACE || WEFT_CHECK
#define WEFT_ALWAYS_INLINE inline
#else
#define WEFT_ALWAYS_INLINE [[gnu::always_inline]] inline
#endif
#define WEFT_COLD [[gnu::cold, gnu::noinline]]
#define WEFT_LIKELY(x) (__builtin_expect(!!(x), 1))
#define WEFT_UNLIKELY(x) (__builtin_expect(!!(x), 0))

// In the race and check builds the user's code is instrumented, and weft's own code in headers must
// not be: its accesses would show races that are none of the user's. It is not inlined either, lest
// it take on the instrumentation of its caller, but appears in stacks. Every header with code puts
// these two around its namespace. GCC has no such pragma: there the checker leaves out by their
// debug information what comes from weft's functions (src/check/sites.cc).
#if WEFT_RACE || (WEFT_CHECK && defined(__clang__))
// clang-format off
#define WEFT_PUSH_ATTRIBUTE_(text) _Pragma(#text)
#define WEFT_PUSH_ATTRIBUTE(name) \
  WEFT_PUSH_ATTRIBUTE_(clang attribute push(__attribute__((name)), apply_to = function))
#define WEFT_POP_ATTRIBUTE _Pragma("clang attribute pop")
// clang-format on
#define WEFT_UNINSTRUMENTED_BEGIN            \
  WEFT_PUSH_ATTRIBUTE(no_sanitize("thread")) \
  WEFT_PUSH_ATTRIBUTE(noinline)
#define WEFT_UNINSTRUMENTED_END WEFT_POP_ATTRIBUTE WEFT_POP_ATTRIBUTE
// The same for what must not appear in stacks either: atomics, which count as edges otherwise, and
// what switches ThreadSanitizer's fibers.
#define WEFT_UNSEEN_BEGIN                                \
  WEFT_PUSH_ATTRIBUTE(disable_sanitizer_instrumentation) \
  WEFT_PUSH_ATTRIBUTE(noinline)
#define WEFT_UNSEEN_END WEFT_POP_ATTRIBUTE WEFT_POP_ATTRIBUTE
#else
#define WEFT_UNINSTRUMENTED_BEGIN
#define WEFT_UNINSTRUMENTED_END
#define WEFT_UNSEEN_BEGIN
#define WEFT_UNSEEN_END
#endif

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_HAS_ASAN 1
#endif
#endif
#ifndef WEFT_HAS_ASAN
#define WEFT_HAS_ASAN 0
#endif

namespace weft::inline WEFT_WORLD {
namespace detail {

// What two processors may fight over: x86 prefetches lines in pairs, but 64 is what is shared.
inline constexpr std::size_t k_cache_line = 64;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
