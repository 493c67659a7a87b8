// SPDX-License-Identifier: Apache-2.0
// profile.cc: adding profiles up, taking their difference, and Go's text format.      Floor 6.

#include "debug/profile.h"

#include "debug/symbols.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <tuple>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

// Samples by stack and labels.
using sample_index = std::map<
    std::pair<std::vector<std::uintptr_t>, std::vector<std::pair<std::string, std::string>>>,
    std::vector<std::int64_t>>;

void add_up(sample_index& sums, const std::vector<profile_sample>& samples, std::int64_t sign) {
  for (const profile_sample& s : samples) {
    std::vector<std::int64_t>& sum = sums[{s.pcs, s.labels}];
    sum.resize(s.values.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += sign * s.values[i];
  }
}

void take_back(profile& p, sample_index& sums) {
  p.samples.clear();
  for (auto& [key, values] : sums) {
    if (std::all_of(values.begin(), values.end(), [](std::int64_t v) { return v == 0; })) continue;
    p.samples.push_back({key.first, std::move(values), key.second});
  }
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(c));
      out += code;
    } else {
      out += c;
    }
  }
  return out + '"';
}

void append_frames(std::string& out, symbol_cache& symbols, const profile_sample& s, bool whole) {
  bool shown = whole;
  for (std::uintptr_t pc : s.pcs) {
    for (const frame& f : symbols.at(pc)) {
      if (!whole && is_internal(f)) continue;
      shown = true;
      char text[64];
      std::snprintf(text, sizeof text, "#\t0x%" PRIxPTR "\t", pc - 1);
      out += text + f.function;
      std::snprintf(text, sizeof text, "+0x%" PRIxPTR "\t", f.offset);
      out += text + f.file;
      out += ':' + std::to_string(f.line) + '\n';
    }
  }
  if (!shown && !s.pcs.empty()) append_frames(out, symbols, s, true);
}

}  // namespace

void merge_samples(profile& p) {
  sample_index sums;
  add_up(sums, p.samples, 1);
  take_back(p, sums);
}

void subtract(profile& p, const profile& before) {
  sample_index sums;
  add_up(sums, p.samples, 1);
  add_up(sums, before.samples, -1);
  take_back(p, sums);
}

std::string labels_text(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::string out = "{";
  for (const auto& [key, value] : labels) {
    if (out.size() > 1) out += ", ";
    out += quoted(key) + ":" + quoted(value);
  }
  return out + "}";
}

std::string to_text(const profile& p, std::string_view heading, std::size_t sort_by) {
  std::vector<const profile_sample*> order;
  order.reserve(p.samples.size());
  for (const profile_sample& s : p.samples) order.push_back(&s);
  std::sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    if (a->values[sort_by] != b->values[sort_by]) return a->values[sort_by] > b->values[sort_by];
    return std::tie(a->pcs, a->labels) < std::tie(b->pcs, b->labels);
  });
  std::string out(heading);
  symbol_cache symbols;
  for (const profile_sample* s : order) {
    for (auto v = s->values.rbegin(); v != s->values.rend(); ++v) out += std::to_string(*v) + ' ';
    out += '@';
    for (std::uintptr_t pc : s->pcs) {
      char text[32];
      std::snprintf(text, sizeof text, " 0x%" PRIxPTR, pc);
      out += text;
    }
    out += '\n';
    if (!s->labels.empty()) out += "# labels: " + labels_text(s->labels) + '\n';
    append_frames(out, symbols, *s, p.whole_stacks);
    out += '\n';
  }
  return out;
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
