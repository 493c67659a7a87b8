// SPDX-License-Identifier: Apache-2.0
// picture.cc: a space-time diagram: a lane for each goroutine, time downwards.        Floor 6.

#include "base/markup.h"
#include "check/trace.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace check {
namespace detail {
namespace {

constexpr int k_row = 34;
constexpr int k_left = 56;
constexpr int k_top = 132;
constexpr int k_narrowest = 150;
constexpr int k_widest = 420;
constexpr std::uint16_t k_nobody = 0xffff;

std::string number(int n) { return std::to_string(n); }

// XML has no control characters.
std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text;
}

std::string text_at(int x, int y, const std::string& text, const std::string& kind) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" class=\"" + kind + "\">" +
         weft::detail::escape_markup(printable(text)) + "</text>\n";
}

std::string dot(int x, int y, int r, const std::string& kind) {
  return "<circle cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"" + number(r) +
         "\" class=\"" + kind + "\"/>\n";
}

std::string straight(int x1, int y1, int x2, int y2, const std::string& kind) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" class=\"" + kind + "\"/>\n";
}

std::string arrow(int x1, int y1, int x2, int y2, const std::string& kind) {
  // Short of the dots at both ends.
  int gap = x1 == x2 ? 0 : x1 < x2 ? 7 : -7;
  std::string line = straight(x1 + gap, y1, x2 - gap, y2, kind);
  return line.substr(0, line.size() - 3) + " marker-end=\"url(#" + kind + "-head)\"/>\n";
}

std::string head(const std::string& kind) {
  return "<marker id=\"" + kind +
         "-head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
         "orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" class=\"" +
         kind + "-tip\"/></marker>\n";
}

// In pixels, a little too much rather than too little.
int width_of(const std::string& text, int per_character) {
  return static_cast<int>(text.size()) * per_character;
}

// Where everything is.
class sheet {
 public:
  explicit sheet(const trace& t) : t_(t), lines_(lines_of(t)), y_of_row_(t.rows.size()) {
    int at = k_left;
    for (std::size_t i = 0; i < t.lanes.size(); ++i) {
      starts_.push_back(at + 14);
      at += width_of_lane(i);
    }
    right_ = at;
    for (std::size_t i = 0; i < lines_.size(); ++i)
      if (lines_[i].what == line::row) y_of_row_[lines_[i].index] = y_of(i);
  }

  std::string draw() const {
    std::string out = race();
    for (std::size_t i = 0; i < t_.lanes.size(); ++i) out += lane(i);
    for (std::size_t i = 0; i < t_.rows.size(); ++i) out += arrows(i);
    for (std::size_t i = 0; i < lines_.size(); ++i) out += line_at(i);
    return out;
  }
  [[nodiscard]] int width() const {
    return std::max({right_ + 20, 900, width_of(t_.title, 10) + 40});
  }
  [[nodiscard]] int height() const { return bottom() + 46; }

 private:
  [[nodiscard]] int y_of(std::size_t line) const {
    return k_top + static_cast<int>(line) * k_row + k_row / 2;
  }
  [[nodiscard]] int bottom() const { return y_of(lines_.size()); }

  [[nodiscard]] int width_of_lane(std::size_t i) const {
    const trace::lane& l = t_.lanes[i];
    int wide = std::max(width_of(l.name, 9), width_of(l.end, 8));
    for (const line& n : lines_) {
      if (n.what == line::row && t_.rows[n.index].partner == i)
        wide = std::max(wide, width_of(t_.rows[n.index].met, 8));
      if (n.who != i) continue;
      if (n.what == line::row) wide = std::max(wide, width_of(t_.rows[n.index].text, 8));
      if (n.what == line::left) wide = std::max(wide, width_of(t_.rows[n.index].left, 7));
      if (n.what == line::mark) wide = std::max(wide, width_of(t_.marks[n.index].site, 8) + 90);
    }
    return std::clamp(wide + 44, k_narrowest, k_widest);
  }

  [[nodiscard]] bool ends(const line& l) const {
    return l.what == line::left && t_.rows[l.index].left == "ends";
  }
  [[nodiscard]] bool ends_here(std::size_t lane) const {
    return std::ranges::any_of(lines_, [&](const line& l) { return l.who == lane && ends(l); });
  }

  std::string lane(std::size_t i) const {
    const trace::lane& l = t_.lanes[i];
    int x = starts_[i];
    int top = l.from == 0 ? k_top - 4 : y_of_row_[l.from - 1];
    int low = top;
    for (std::size_t n = 0; n < lines_.size(); ++n) {
      const line& k = lines_[n];
      bool mine = k.who == i && (k.what != line::left || ends(k));
      if (k.what == line::row && t_.rows[k.index].partner == i) mine = true;
      if (mine) low = std::max(low, y_of(n));
    }
    bool stuck = !l.end.empty();
    if (stuck) low = bottom();
    std::string out = straight(x, top, x, low, stuck ? "life waiting" : "life");
    out += text_at(x - 8, k_top - 34, l.name, "name");
    if (!l.made.empty() && i != 0)
      out += text_at(x - 8, k_top - 18, "started at " + l.made, "site");
    if (stuck) {
      out += "<rect x=\"" + number(x - 8) + "\" y=\"" + number(low - 8) +
             "\" width=\"16\" height=\"16\" rx=\"3\" class=\"bad\"/>\n";
      out += text_at(x + 14, low + 5, l.end, "stuck");
    } else if (t_.marks.empty() && !ends_here(i)) {
      out += straight(x - 7, low + 9, x + 7, low + 9, "life");
    }
    return out;
  }

  std::string arrows(std::size_t i) const {
    const trace::row& r = t_.rows[i];
    if (r.who == k_nobody) return {};
    std::string out;
    int x = starts_[r.who];
    int y = y_of_row_[i];
    if (r.partner < t_.lanes.size()) {
      out += arrow(x, y, starts_[r.partner], y, r.starts ? "start" : "value");
      if (!r.starts)
        out += dot(starts_[r.partner], y, 5, "dot") +
               text_at(starts_[r.partner] + 14, y - 6, r.met, "what");
    }
    for (std::uint16_t w : r.wakes) out += arrow(x, y, starts_[w], y, "cause");
    if (r.cause >= 0) {
      auto from = static_cast<std::size_t>(r.cause);
      out += arrow(starts_[t_.rows[from].who], y_of_row_[from], x, y, "cause");
    }
    return out;
  }

  std::string line_at(std::size_t n) const {
    const line& l = lines_[n];
    int y = y_of(n);
    if (l.what == line::left) {
      const std::string& why = t_.rows[l.index].left;
      bool taken = t_.rows[l.index].switched;
      std::string kind = taken ? "cut" : ends(l) ? "life" : "pause";
      return straight(starts_[l.who] - 7, y, starts_[l.who] + 7, y, kind) +
             text_at(starts_[l.who] + 14, y + 4, why, taken ? "cut" : "pause");
    }
    if (l.what == line::mark) {
      const trace::mark& m = t_.marks[l.index];
      return dot(starts_[m.who], y, 7, "bad") + text_at(starts_[m.who] + 14, y, m.text, "fails") +
             text_at(starts_[m.who] + 14, y + 13, m.site, "site");
    }
    const trace::row& r = t_.rows[l.index];
    std::string out = text_at(16, y + 4, std::to_string(t_.before + l.index + 1), "step");
    if (r.who == k_nobody) {
      return out + straight(k_left - 6, y, right_, y, "clock") +
             text_at(k_left, y - 5, r.text, "clock");
    }
    out += dot(starts_[r.who], y, 5, "dot");
    out += text_at(starts_[r.who] + 14, y - 6, r.text, "what");
    if (!r.site.empty()) out += text_at(starts_[r.who] + 14, y + 13, r.site, "site");
    return out;
  }

  std::string race() const {
    std::vector<std::pair<int, int>> ends;
    for (std::size_t n = 0; n < lines_.size(); ++n)
      if (lines_[n].what == line::mark) ends.emplace_back(starts_[lines_[n].who], y_of(n));
    if (ends.size() != 2) return {};
    return straight(ends[0].first, ends[0].second, ends[1].first, ends[1].second, "racing") +
           text_at(20, bottom() + 26,
                   "The two accesses in red are in no order: nothing between "
                   "them makes one wait for the other.",
                   "fails");
  }

  const trace& t_;
  std::vector<line> lines_;
  std::vector<int> y_of_row_;
  std::vector<int> starts_;
  int right_ = 0;
};

// What the marks mean, drawn with the marks themselves. Every arrow is an edge.
std::string legend() {
  constexpr int k_y = 56;
  std::string out = text_at(20, k_y + 4, "time runs downwards, a line is a goroutine", "legend");
  int x = 300;
  auto entry = [&](const std::string& kind, const std::string& text, int wide) {
    out += arrow(x, k_y, x + 34, k_y, kind) + text_at(x + 42, k_y + 4, text, "legend");
    x += wide;
  };
  entry("start", "starts", 96);
  entry("value", "hands over", 122);
  entry("cause", "happens before", 150);
  out += straight(x, k_y, x + 12, k_y, "cut") +
         text_at(x + 20, k_y + 4, "interrupted, could have gone on", "legend");
  return out;
}

std::string opening(int width, int height, const trace& t) {
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) +
                    "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(width) + " " +
                    number(height) + "\">\n<defs>" + head("value") + head("cause") + head("start") +
                    "</defs>\n<style>";
  out +=
      "text{font:13px system-ui,sans-serif;fill:#1c2733;paint-order:stroke;stroke:#fff;"
      "stroke-width:3px}.title{font-size:18px;font-weight:600}"
      ".name{font-size:15px;font-weight:600}"
      ".site,.step,.legend{font-size:11px;fill:#6b7885}"
      ".stuck,.fails{fill:#b3261e;font-weight:600}text.cut{fill:#b8560a;font-size:12px}"
      "text.pause,text.clock{fill:#6b7885;font-size:12px;font-style:italic}"
      ".paper{fill:#fff}.dot{fill:#3c4a57}.bad{fill:#b3261e}"
      ".value-tip{fill:#1769aa}.cause-tip{fill:#7a8a99}.start-tip{fill:#2e7d32}"
      ".life{stroke:#aeb9c4;stroke-width:2}.waiting{stroke:#d9a29e}"
      ".value{stroke:#1769aa;stroke-width:2}.cause{stroke:#7a8a99;stroke-dasharray:4 3}"
      ".start{stroke:#2e7d32;stroke-width:1.5}line.cut{stroke:#e8710a;stroke-width:4}"
      "line.pause{stroke:#aeb9c4;stroke-width:3}line.clock{stroke:#dde3e8}"
      ".racing{stroke:#b3261e;stroke-width:2;stroke-dasharray:6 3}"
      "@media(prefers-color-scheme:dark){text{fill:#e3e8ed;stroke:#14191f}"
      ".site,.step,.legend,text.pause,text.clock{fill:#97a3af}"
      ".stuck,.fails,.bad{fill:#ff7a70}text.cut{fill:#f0974a}.paper{fill:#14191f}"
      ".dot{fill:#c3ccd5}.value-tip{fill:#62b0ee}.start-tip{fill:#6cc070}"
      ".life,line.pause{stroke:#5b6773}.waiting{stroke:#8f4b47}.value{stroke:#62b0ee}"
      ".start{stroke:#6cc070}line.clock{stroke:#3a434c}.racing{stroke:#ff7a70}}";
  out += "</style>\n<rect width=\"100%\" height=\"100%\" class=\"paper\"/>\n";
  return out + text_at(20, 30, t.title, "title") + legend();
}

}  // namespace

std::string draw(const trace& whole) {
  constexpr std::size_t k_most = 400;  // rows
  trace t = last_rows(whole, k_most);
  if (t.before != 0) t.title += ", after " + std::to_string(t.before) + " steps";
  sheet s(t);
  return opening(s.width(), s.height(), t) + s.draw() + "</svg>\n";
}

}  // namespace detail

namespace {

// It has been called and cannot do it: nobody may look at what is returned.
bool written(std::ofstream& out, const std::string& path, int error) {
  if (out.flush()) return true;
  std::fprintf(stderr, "weft::check: cannot write %s: %s\n", path.c_str(), std::strerror(error));
  return false;
}

}  // namespace

bool report::svg(const std::string& path) const {
  if (trace == nullptr) return false;
  errno = 0;
  std::ofstream out(path);
  const int error = errno;
  out << detail::draw(*trace);
  return written(out, path, error != 0 ? error : errno);
}

bool report::html(const std::string& path) const {
  errno = 0;
  std::ofstream out(path);
  const int error = errno;
  const std::string title = weft::detail::escape_markup(name.empty() ? "weft::check" : name);
  out << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"color-scheme\" content=\"light dark\"><title>"
      << title
      << "</title><style>body{font:14px system-ui,sans-serif;margin:24px;background:#fff;"
         "color:#1c2733}pre{background:#f4f6f8;padding:12px;overflow:auto}div{overflow:auto}"
         "@media(prefers-color-scheme:dark){body{background:#14191f;color:#e3e8ed}"
         "pre{background:#1f262e}}</style></head><body>\n<h1>"
      << title << "</h1>\n";
  if (trace != nullptr) out << "<div>" << detail::draw(*trace) << "</div>\n";
  out << "<pre>" << weft::detail::escape_markup(text()) << "</pre>\n</body></html>\n";
  return written(out, path, error != 0 ? error : errno);
}

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
