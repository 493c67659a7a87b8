// SPDX-License-Identifier: Apache-2.0
// table.cc: an execution as text: a column for each goroutine, time downwards.        Floor 6.

#include "check/trace.h"

#include <algorithm>
#include <string_view>

namespace weft::inline WEFT_WORLD {
namespace check::detail {
namespace {

constexpr std::size_t k_widest = 44;
constexpr std::size_t k_page = 120;  // characters
constexpr std::size_t k_most_columns = 24;
constexpr std::size_t k_most_lines = 200;
constexpr std::uint16_t k_nobody = 0xffff;

std::string text_of(const trace& t, const line& l) {
  switch (l.what) {
    case line::mark: {
      const trace::mark& m = t.marks[l.index];
      return "** " + m.text + " **";
    }
    case line::left:
      return "... " + t.rows[l.index].left;
    case line::stuck:
      return "... " + t.lanes[l.index].end;
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
  if (l.what == line::left || l.what == line::stuck) return nowhere;
  return l.what == line::mark ? t.marks[l.index].site : t.rows[l.index].site;
}

std::string step_of(const trace& t, const line& l) {
  std::string n = l.what == line::row ? std::to_string(t.before + l.index + 1) : std::string();
  return std::string(n.size() < 5 ? 5 - n.size() : 0, ' ') + n + "  ";
}

// In characters.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

void pad(std::string& out, std::size_t to) {
  if (std::size_t now = length(out); now < to) out.append(to - now, ' ');
}

std::string without_end(std::string text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text + "\n";
}

constexpr std::size_t k_left = 7;  // what the numbers of the steps take

// Where each column begins; the last one is that of the places.
std::vector<std::size_t> columns(const trace& t, const std::vector<line>& lines) {
  std::vector<std::size_t> wide(t.lanes.size());
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = length(t.lanes[i].name);
  for (const line& l : lines)
    if (l.who < wide.size())
      wide[l.who] = std::max(wide[l.who], std::min(length(text_of(t, l)), k_widest));
  std::vector<std::size_t> starts = {k_left};
  for (std::size_t w : wide) starts.push_back(starts.back() + w + 2);
  return starts;
}

std::size_t widest_site(const trace& t, const std::vector<line>& lines) {
  std::size_t most = 0;
  for (const line& l : lines) most = std::max(most, length(site_of(t, l)));
  return most;
}

// The same where that is too wide: a column begins before the texts of the one to the left of it
// end, for there is but one text in a line.
std::vector<std::size_t> narrow_columns(const trace& t, const std::vector<line>& lines,
                                        std::size_t page) {
  constexpr std::size_t k_narrowest = 3;
  std::size_t n = t.lanes.size();
  for (std::size_t step = page / n;; --step) {
    std::size_t end = k_left;
    for (const line& l : lines)
      if (l.who < n) end = std::max(end, k_left + step * l.who + length(text_of(t, l)));
    if (end + 2 > page && step > k_narrowest) continue;
    std::vector<std::size_t> starts(n + 1, end + 2);
    for (std::size_t i = 0; i < n; ++i) starts[i] = k_left + step * i;
    return starts;
  }
}

// The columns of those that have begun and not ended, as lines downwards.
class bars {
 public:
  bars(const trace& t, const std::vector<std::size_t>& starts)
      : t_(t), starts_(starts), ended_(t.lanes.size()) {}

  /// Up to the column of `who`, and behind its text.
  std::string around(const line& l, const std::string& left, const std::string& text) {
    std::string out = left;
    std::size_t row = l.what == line::stuck ? t_.rows.size() : l.index;
    if (l.what == line::mark) row = t_.marks[l.index].after;
    std::size_t end = l.who < t_.lanes.size() ? starts_[l.who] + length(text) : 0;
    for (std::size_t i = 0; i < t_.lanes.size(); ++i) {
      if (i == l.who) {
        pad(out, starts_[i]);
        out += text;
      } else if (!ended_[i] && t_.lanes[i].from <= row && (i < l.who || starts_[i] > end)) {
        pad(out, starts_[i]);
        out += '|';
      }
    }
    if (l.who >= t_.lanes.size()) out = left + text;
    if (l.what == line::left && t_.rows[l.index].left == "ends") ended_[l.who] = true;
    return out;
  }
  /// A name that does not fit its column, in a line of its own.
  std::string name(std::size_t lane) const {
    std::string out(k_left, ' ');
    for (std::size_t i = 0; i < lane; ++i) {
      pad(out, starts_[i]);
      out += '|';
    }
    pad(out, starts_[lane]);
    return without_end(out + t_.lanes[lane].name);
  }

 private:
  const trace& t_;
  const std::vector<std::size_t>& starts_;
  std::vector<bool> ended_;
};

std::string heads(const trace& t, const std::vector<std::size_t>& starts, const bars& down) {
  std::string head(k_left, ' ');
  std::string stairs;
  bool fits = true;
  for (std::size_t i = 0; i < t.lanes.size(); ++i) {
    pad(head, starts[i]);
    head += t.lanes[i].name;
    stairs += down.name(i);
    fits = fits && starts[i] + length(t.lanes[i].name) < starts[i + 1];
  }
  return fits ? without_end(head) : stairs;
}

std::string in_columns(const trace& t, const std::vector<line>& lines, std::size_t first) {
  std::vector<std::size_t> starts = columns(t, lines);
  std::size_t sites = widest_site(t, lines);
  bool narrow = starts.back() + sites > k_page;
  if (narrow) starts = narrow_columns(t, lines, k_page - std::min(sites, k_page / 2));
  bars down(t, starts);
  std::string out = heads(t, starts, down);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const line& l = lines[i];
    std::string text = step_of(t, l);
    if (narrow) {
      text = down.around(l, text, text_of(t, l));
    } else {
      if (l.who < t.lanes.size()) pad(text, starts[l.who]);
      text += text_of(t, l);
    }
    if (const std::string& site = site_of(t, l); !site.empty()) {
      pad(text, starts.back());
      text += (text.back() == ' ' ? "" : "  ") + site;
    }
    if (i >= first) out += without_end(text);
  }
  return out;
}

std::string in_a_list(const trace& t, const std::vector<line>& lines, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < lines.size(); ++i) {
    const line& l = lines[i];
    std::string text = step_of(t, l);
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
    for (std::size_t m = 0; m < t.marks.size(); ++m)
      if (t.marks[m].after == rows) out.push_back({line::mark, m, t.marks[m].who});
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

namespace {

// Who is blocked when the execution ends, if the last line of its column does not say so already.
void add_stuck(const trace& t, std::vector<line>& lines) {
  for (std::size_t i = 0; i < t.lanes.size(); ++i) {
    if (t.lanes[i].end.empty()) continue;
    auto last =
        std::find_if(lines.rbegin(), lines.rend(), [&](const line& l) { return l.who == i; });
    bool known = last != lines.rend() && last->what == line::left && !t.rows[last->index].switched;
    if (!known) lines.push_back({line::stuck, i, static_cast<std::uint16_t>(i)});
  }
}

}  // namespace

trace last_rows(const trace& t, std::size_t most) {
  trace out = t;
  if (t.rows.size() <= most) return out;
  const std::size_t n = t.rows.size() - most;
  out.rows.erase(out.rows.begin(), out.rows.begin() + static_cast<std::ptrdiff_t>(n));
  out.before += n;
  for (trace::lane& l : out.lanes) l.from -= std::min(l.from, n);
  for (trace::mark& m : out.marks) m.after -= std::min(m.after, n);
  for (trace::row& r : out.rows)
    r.cause = r.cause < static_cast<int>(n) ? -1 : r.cause - static_cast<int>(n);
  return out;
}

std::string table(const trace& t) {
  std::vector<line> lines = lines_of(t);
  add_stuck(t, lines);
  std::string out = "schedule:\n";
  std::size_t first = lines.size() > k_most_lines ? lines.size() - k_most_lines : 0;
  if (first + t.before != 0)
    out += "       (" + std::to_string(first + t.before) + " lines before)\n";
  out +=
      t.lanes.size() <= k_most_columns ? in_columns(t, lines, first) : in_a_list(t, lines, first);
  return out;
}

}  // namespace check::detail
}  // namespace weft::inline WEFT_WORLD
