// SPDX-License-Identifier: Apache-2.0
#pragma once
// sites: whose code an instrumented access stands in.                                 Floor 6.

#include <weft/detail/base/config.h>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

enum class site_kind : unsigned char {
  users,
  standards,    // the standard library's, made from a template: for whom, who called it says
  wefts,        // inlined from one of weft's headers, or its own: no access of the user's
  words,        // the same, and part of its atomics
  counts,       // a reference count of the standard library
  first_count,  // the making of one
};

/// By the debug information of the code that returns to pc; remembered.
site_kind kind_of(void* pc) noexcept;

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
