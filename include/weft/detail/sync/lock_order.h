// SPDX-License-Identifier: Apache-2.0
#pragma once
// lock_order: what mutex and shared_mutex tell of themselves at assertion level 3.    Floor 4.
//
// The order in which locks are taken is followed by src/debug/lock_order.cc, which defines these;
// in other builds they are nothing.

#include <weft/detail/base/config.h>

// The checker takes locks in every order there is, and needs no help.
#define WEFT_LOCK_ORDER (WEFT_ASSERT_LEVEL >= 3 && !WEFT_CHECK)

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail::lock_order {

#if WEFT_LOCK_ORDER
/// The caller is about to block until it has this lock.
WEFT_NOINLINE void locking(const void* lock) noexcept;
/// The caller has it, after locking() or a try that succeeded.
WEFT_NOINLINE void locked(const void* lock) noexcept;
/// It is about to be given up.
WEFT_NOINLINE void unlocked(const void* lock) noexcept;
/// Another lock may be at this address from now on.
WEFT_NOINLINE void destroyed(const void* lock) noexcept;
#else
inline void locking(const void*) noexcept {}
inline void locked(const void*) noexcept {}
inline void unlocked(const void*) noexcept {}
#endif

}  // namespace detail::lock_order
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
