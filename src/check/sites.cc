// SPDX-License-Identifier: Apache-2.0
// sites.cc: see sites.h.                                                              Floor 6.

#include "check/sites.h"

#include "debug/symbols.h"

#include <dlfcn.h>
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

// Where weft's sources are, as the debug information says it.
std::string_view own_sources() noexcept {
  std::string_view path = __FILE__;
  while (path.starts_with("../")) path.remove_prefix(3);
  return path.substr(0, path.size() - std::string_view("check/sites.cc").size());
}

// Also where the compiler was given a relative path.
bool is_wefts(std::string_view file) noexcept {
  return file.starts_with("include/weft/") || file.find("/include/weft/") != file.npos ||
         file.find(own_sources()) != file.npos;
}

// The unwinder's own records, which it moves about.
bool is_unwinders(void* pc) noexcept {
  Dl_info info{};
  return dladdr(pc, &info) != 0 && info.dli_fname != nullptr &&
         std::string_view(info.dli_fname).find("libgcc_s") != std::string_view::npos;
}

// Without debug information, as of a template's instance that some other object file has: its name.
// It may have the type of its result before it.
bool is_named_weft(std::string_view function) noexcept {
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    char c = function[i];
    if (c == '(' && depth == 0) break;
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (c == ' ' && depth == 0) start = i + 1;
  }
  return function.substr(start).starts_with("weft::");
}

bool is_called(std::string_view name, std::initializer_list<std::string_view> functions) noexcept {
  return std::ranges::any_of(
      functions, [&](std::string_view f) { return name.find(f) != std::string_view::npos; });
}

// What the innermost function does, if it is one of those that change and read the counts of
// libstdc++. What it calls, the destructor of the object say, is inlined into it, and is no count.
std::optional<site_kind> kind_of_count(const debug::frame& innermost) noexcept {
  const std::string_view name = innermost.function;
  if (name.starts_with("__gnu_cxx::__atomic_add")) return site_kind::counts_up;
  if (name.starts_with("__gnu_cxx::__exchange_and_add")) return site_kind::counts;
  const std::size_t base = name.find("std::_Sp_counted_base<");
  if (base == name.npos || name.find('(') < base) {
    if (innermost.file.ends_with("/ext/atomicity.h")) return site_kind::counts;
    return std::nullopt;
  }
  if (is_called(name, {">::_Sp_counted_base("})) return site_kind::first_count;
  if (is_called(name, {"::_M_get_use_count(", "::_M_add_ref_lock"})) return site_kind::count_looks;
  if (is_called(name, {"::_M_add_ref_copy(", "::_M_weak_add_ref("})) return site_kind::counts_up;
  return site_kind::counts;
}

site_kind classify(void* pc) {
  if (is_unwinders(pc)) return site_kind::wefts;
  bool named = false;
  const auto frames = debug::symbolise(reinterpret_cast<std::uintptr_t>(pc));
  if (auto count = kind_of_count(frames.front())) return *count;
  for (const debug::frame& f : frames) {
    std::string_view name = f.function;
    // What the atomics themselves are made of.
    if (f.file.ends_with("/detail/base/atomic_check.h") ||
        (f.file == "?" && name.substr(0, name.find('(')).find("::checked_word<") != name.npos))
      return site_kind::words;
    if (is_wefts(f.file) || (f.file == "?" && is_named_weft(name))) return site_kind::wefts;
    // The innermost function decides, but for what the standard library is made of.
    std::string plain = debug::plain_name(f.function);
    if (plain.starts_with("std::_Sp_atomic<")) return site_kind::pointers;
    if (!plain.starts_with("std::") && !plain.starts_with("__gnu_cxx::")) return site_kind::users;
    named = true;
  }
  return named ? site_kind::standards : site_kind::users;
}

}  // namespace

site_kind look_up_kind(void* pc) noexcept {
  static std::unordered_map<void*, site_kind> known;
  auto [at, made] = known.try_emplace(pc, site_kind::users);
  site_kind kind = at->second;
  // Naming may itself call what is instrumented, and come back here.
  if (made) known[pc] = kind = classify(pc);
  return kind;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
