// SPDX-License-Identifier: Apache-2.0
// table.cc: an execution as text: a column for each goroutine, time downwards.        Floor 6.

#include "check/trace.h"

#include <algorithm>

namespace weft::inline WEFT_WORLD {
namespace check::detail {
namespace {

constexpr std::size_t k_widest = 44;
constexpr std::size_t k_most_columns = 5;
constexpr std::size_t k_most_lines = 200;
constexpr std::uint16_t k_nobody = 0xffff;

std::string text_of(const trace& t, const line& l) {
  switch (l.what) {
    case line::mark: {
      const trace::mark& m = t.race[l.index];
      return "** " + m.text + ": RACE **";
    }
    case line::left:
      return "... " + t.rows[l.index].left;
    case line::row:
      break;
  }
  const trace::row& r = t.rows[l.index];
  std::string out = r.text;
  if (r.partner < t.lanes.size() && !r.starts) out += " -> " + t.lanes[r.partner].name;
  return out;
}

const std::string& site_of(const trace& t, const line& l) {
  static const std::string nowhere;
  if (l.what == line::left) return nowhere;
  return l.what == line::mark ? t.race[l.index].site : t.rows[l.index].site;
}

std::string step_of(const line& l) {
  std::string n = l.what == line::row ? std::to_string(l.index + 1) : std::string();
  return std::string(n.size() < 5 ? 5 - n.size() : 0, ' ') + n + "  ";
}

void pad(std::string& out, std::size_t to) {
  if (out.size() < to) out.append(to - out.size(), ' ');
}

std::string without_end(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text + "\n";
}

// Where each column begins; the last one is that of the places.
std::vector<std::size_t> columns(const trace& t, const std::vector<line>& lines) {
  std::vector<std::size_t> wide(t.lanes.size());
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = t.lanes[i].name.size();
  for (const line& l : lines)
    if (l.who < wide.size())
      wide[l.who] = std::max(wide[l.who], std::min(text_of(t, l).size(), k_widest));
  std::vector<std::size_t> starts = {7};
  for (std::size_t w : wide) starts.push_back(starts.back() + w + 2);
  return starts;
}

std::string in_columns(const trace& t, const std::vector<line>& lines, std::size_t first) {
  std::vector<std::size_t> starts = columns(t, lines);
  std::string out;
  std::string head(7, ' ');
  for (std::size_t i = 0; i < t.lanes.size(); ++i) {
    pad(head, starts[i]);
    head += t.lanes[i].name;
  }
  out += without_end(head);
  for (std::size_t i = first; i < lines.size(); ++i) {
    const line& l = lines[i];
    std::string text = step_of(l);
    if (l.who < t.lanes.size()) pad(text, starts[l.who]);
    text += text_of(t, l);
    if (const std::string& site = site_of(t, l); !site.empty()) {
      pad(text, starts.back());
      text += (text.back() == ' ' ? "" : "  ") + site;
    }
    out += without_end(text);
  }
  return out;
}

std::string in_a_list(const trace& t, const std::vector<line>& lines, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < lines.size(); ++i) {
    const line& l = lines[i];
    std::string text = step_of(l);
    if (l.who < t.lanes.size()) text += t.lanes[l.who].name + ": ";
    text += text_of(t, l);
    if (const std::string& site = site_of(t, l); !site.empty()) text += "  " + site;
    out += without_end(text);
  }
  return out;
}

}  // namespace

std::vector<line> lines_of(const trace& t) {
  std::vector<line> out;
  auto marks_after = [&](std::size_t rows) {
    for (std::size_t m = 0; m < t.race.size(); ++m)
      if (t.race[m].after == rows) out.push_back({line::mark, m, t.race[m].who});
  };
  marks_after(0);
  for (std::size_t i = 0; i < t.rows.size(); ++i) {
    const trace::row& r = t.rows[i];
    if (!r.left.empty() && r.left_who != k_nobody) out.push_back({line::left, i, r.left_who});
    out.push_back({line::row, i, r.who});
    marks_after(i + 1);
  }
  return out;
}

std::string table(const trace& t) {
  std::vector<line> lines = lines_of(t);
  std::string out = "schedule:\n";
  std::size_t first = lines.size() > k_most_lines ? lines.size() - k_most_lines : 0;
  if (first != 0) out += "       (" + std::to_string(first) + " lines before)\n";
  out +=
      t.lanes.size() <= k_most_columns ? in_columns(t, lines, first) : in_a_list(t, lines, first);
  if (t.left_out != 0) out += "       (" + std::to_string(t.left_out) + " more steps)\n";
  return out;
}

}  // namespace check::detail
}  // namespace weft::inline WEFT_WORLD
