// SPDX-License-Identifier: Apache-2.0
// profiles.cc: see weft/debug/profiles.h.                                             Floor 6.

#include <weft/debug/profiles.h>

#include "debug/profile.h"
#include "runtime/wait_profile.h"

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

const profile_kind& kind_of(std::string_view name) {
  const profile_kind* kind = find_profile_kind(name);
  if (kind == nullptr)
    throw std::invalid_argument("weft: there is no profile called \"" + std::string(name) + "\"");
  return *kind;
}

}  // namespace

int set_mutex_profile_fraction(int n) { return detail::set_mutex_fraction(n); }

void set_block_profile_rate(std::int64_t ns) { detail::set_block_rate(ns); }

std::vector<std::string> profile_kinds() {
  std::vector<std::string> names;
  for (const profile_kind& k : all_profile_kinds()) names.emplace_back(k.name);
  return names;
}

void write_profile(std::string_view kind, std::ostream& out, profile_format format) {
  const profile_kind& k = kind_of(kind);
  out << (format == profile_format::proto ? encode(take_profile(k)) : k.text(take_profile(k)));
}

void write_profile(std::string_view kind, const std::string& path) {
  const profile_kind& k = kind_of(kind);
  std::string bytes = encode(take_profile(k));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) throw std::system_error(errno, std::generic_category(), "weft: cannot write " + path);
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
