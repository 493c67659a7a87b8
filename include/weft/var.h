// SPDX-License-Identifier: Apache-2.0
#pragma once
// var: a plain shared variable, said to be one.                                       Floor 0.

#include <weft/detail/base/config.h>

#if WEFT_CHECK
#include <weft/detail/base/var_check.h>
#else

namespace weft::inline WEFT_WORLD {

/// A variable that several goroutines use and that something else guards: a lock, a channel, an
/// edge. Here it is a T, at no cost: a race on it is undefined behaviour, as on any object. What
/// the name is for is the checker, in whose build a racy read gives any value that Go's memory
/// model permits.
///
/// Go: a variable.
template <class T>
using var = T;

}  // namespace weft::inline WEFT_WORLD

#endif
