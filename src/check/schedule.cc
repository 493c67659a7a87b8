// SPDX-License-Identifier: Apache-2.0
// schedule.cc: see schedule.h.                                                        Floor 6.

#include "check/schedule.h"

#include <charconv>
#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::string_view k_head = "w1:";
constexpr std::uint64_t k_fingerprint_bits = 0xffffffff;
constexpr std::size_t k_most = 1 << 24;

}  // namespace

std::string write_schedule(const std::vector<decision>& decisions, std::uint64_t fingerprint) {
  char head[32];
  std::snprintf(head, sizeof head,
                "w1:%08llx:", static_cast<unsigned long long>(fingerprint & k_fingerprint_bits));
  std::string out = head;
  std::size_t zeros = 0;
  for (const decision& d : decisions) {
    if (d.choice == 0) {
      ++zeros;
      continue;
    }
    if (zeros != 0) out += std::to_string(zeros);
    zeros = 0;
    if (d.choice <= 26) {
      out += static_cast<char>('a' + d.choice - 1);
    } else {
      out += '(' + std::to_string(d.choice) + ')';
    }
  }
  return out;
}

std::optional<schedule> read_schedule(std::string_view text) {
  if (!text.starts_with(k_head)) return std::nullopt;
  text.remove_prefix(k_head.size());
  schedule s;
  const char* begin = text.data();
  const char* end = begin + text.size();
  auto [after, error] = std::from_chars(begin, end, s.fingerprint, 16);
  if (error != std::errc() || after == end || *after != ':') return std::nullopt;
  for (const char* p = after + 1; p != end;) {
    std::uint32_t n = 0;
    if (*p >= 'a' && *p <= 'z') {
      s.decisions.push_back({static_cast<std::uint32_t>(*p++ - 'a' + 1)});
      continue;
    }
    bool bracket = *p == '(';
    auto [next, bad] = std::from_chars(p + (bracket ? 1 : 0), end, n);
    if (bad != std::errc()) return std::nullopt;
    p = next;
    if (bracket) {
      if (p == end || *p != ')') return std::nullopt;
      ++p;
      s.decisions.push_back({n});
    } else {
      if (n > k_most || s.decisions.size() + n > k_most) return std::nullopt;
      s.decisions.resize(s.decisions.size() + n);
    }
  }
  return s;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
