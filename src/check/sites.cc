// SPDX-License-Identifier: Apache-2.0
// sites.cc: see sites.h.                                                              Floor 6.

#include "check/sites.h"

#include "debug/symbols.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

// Also where the compiler was given a relative path.
bool is_wefts(std::string_view file) noexcept {
  return file.starts_with("include/weft/") || file.find("/include/weft/") != file.npos;
}

bool is_count(std::string_view name) noexcept {
  return name.starts_with("std::_Sp_counted") || name.starts_with("std::__shared_count") ||
         name.starts_with("std::__weak_count") ||
         name.starts_with("__gnu_cxx::__exchange_and_add") ||
         name.starts_with("__gnu_cxx::__atomic_add") || name.starts_with("std::_Bind_simple");
}

site_kind classify(void* pc) {
  for (const debug::frame& f : debug::symbolise(reinterpret_cast<std::uintptr_t>(pc))) {
    std::string_view name = f.function;
    if (is_wefts(f.file)) return site_kind::wefts;
    if (is_count(name) || f.file.ends_with("/ext/atomicity.h")) return site_kind::counts;
    // The innermost function decides, but for what the standard library is made of.
    if (!name.starts_with("std::") && !name.starts_with("__gnu_cxx::")) return site_kind::users;
  }
  return site_kind::users;
}

}  // namespace

site_kind kind_of(void* pc) noexcept {
  static std::unordered_map<void*, site_kind> known;
  static void* last_pc = nullptr;
  static site_kind last_kind = site_kind::users;
  if (pc == last_pc) return last_kind;
  auto [at, made] = known.try_emplace(pc, site_kind::users);
  if (made) at->second = classify(pc);
  last_pc = pc;
  return last_kind = at->second;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
