// SPDX-License-Identifier: Apache-2.0
#pragma once
// sites: whose code an instrumented access stands in.                                 Floor 6.

#include <weft/detail/base/config.h>

#include <cstddef>
#include <cstdint>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

enum class site_kind : unsigned char {
  users,
  standards,    // the standard library's, made from a template: for whom, who called it says
  wefts,        // inlined from one of weft's headers, or its own: no access of the user's
  words,        // the same, and part of its atomics
  pointers,     // of a std::atomic<std::shared_ptr>, which guards itself
  counts,       // a reference count of the standard library
  counts_up,    // one share more, by who has one: orders nothing
  count_looks,  // what a count is; or one share more if there is one
  first_count,  // the making of one
};

/// By the debug information of the code that returns to pc; remembered.
site_kind look_up_kind(void* pc) noexcept;

/// Of those that were asked for of late; by address, so that a loop finds all of its own.
struct recent_site {
  void* pc = nullptr;
  site_kind kind = site_kind::users;
};
inline constexpr std::size_t k_recent_sites = 1024;
inline constinit recent_site g_recent_sites[k_recent_sites];

/// The same, fast.
inline site_kind kind_of(void* pc) noexcept {
  recent_site& r = g_recent_sites[reinterpret_cast<std::uintptr_t>(pc) % k_recent_sites];
  if (WEFT_UNLIKELY(r.pc != pc)) {
    site_kind kind = look_up_kind(pc);
    r = {pc, kind};
  }
  return r.kind;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
