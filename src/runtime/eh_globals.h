// SPDX-License-Identifier: Apache-2.0
#pragma once
// eh_globals: where the C++ runtime keeps a thread's exceptions in flight.            Floor 3.

#include "runtime/goroutine.h"

#include <cxxabi.h>

namespace weft::inline WEFT_WORLD {
namespace detail {

/// The calling thread's; stays valid as long as the thread lives. Its two first fields are
/// fixed by the Itanium C++ ABI, for libstdc++ and libc++ alike.
inline exception_state* thread_exceptions() noexcept {
  return reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
}

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
