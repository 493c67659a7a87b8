// SPDX-License-Identifier: Apache-2.0
#pragma once
// config: the macros every other file may rely on.                                    Floor 0.

#include <cstddef>

// The three builds of weft (run, race, check) live in three inline namespaces, so that mixing
// objects of two of them is a link error and never undefined behaviour.
#ifndef WEFT_WORLD
#define WEFT_WORLD in_run
#endif

// 0: none; 1: cheap checks; 2: also per-operation checks; 3: also whole-structure walks.
#ifndef WEFT_ASSERT_LEVEL
#define WEFT_ASSERT_LEVEL 1
#endif

#define WEFT_NOINLINE [[gnu::noinline]]
#define WEFT_ALWAYS_INLINE [[gnu::always_inline]] inline
#define WEFT_COLD [[gnu::cold, gnu::noinline]]
#define WEFT_LIKELY(x) (__builtin_expect(!!(x), 1))
#define WEFT_UNLIKELY(x) (__builtin_expect(!!(x), 0))

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
