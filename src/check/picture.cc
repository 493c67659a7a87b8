// SPDX-License-Identifier: Apache-2.0
// picture.cc: a space-time diagram: a lane for each goroutine, time downwards.        Floor 6.

#include "base/markup.h"
#include "check/trace.h"

#include <algorithm>
#include <fstream>

namespace weft::inline WEFT_WORLD {
namespace check {
namespace detail {
namespace {

constexpr int k_lane = 230;
constexpr int k_row = 30;
constexpr int k_left = 50;
constexpr int k_top = 110;

std::string number(int n) { return std::to_string(n); }
int x_of(std::size_t lane) { return k_left + static_cast<int>(lane) * k_lane + 24; }
int y_of(std::size_t row) { return k_top + static_cast<int>(row) * k_row + k_row / 2; }

std::string text_at(int x, int y, const std::string& text, const std::string& kind) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" class=\"" + kind + "\">" +
         weft::detail::escape_markup(text) + "</text>\n";
}

std::string arrow(int x1, int y1, int x2, int y2, const std::string& kind) {
  // Short of the dots at both ends.
  int gap = x1 == x2 ? 0 : x1 < x2 ? 7 : -7;
  return "<line x1=\"" + number(x1 + gap) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2 - gap) + "\" y2=\"" + number(y2) + "\" class=\"" + kind +
         "\" marker-end=\"url(#" + kind + "-head)\"/>\n";
}

std::string head(const std::string& kind, const std::string& colour) {
  return "<marker id=\"" + kind +
         "-head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
         "orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"" +
         colour + "\"/></marker>\n";
}

std::string opening(int width, int height, const trace& t) {
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) +
                    "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(width) + " " +
                    number(height) + "\">\n<defs>" + head("value", "#1769aa") +
                    head("cause", "#7a8a99") + head("start", "#2e7d32") + "</defs>\n<style>";
  out +=
      "text{font:13px system-ui,sans-serif;fill:#1c2733}.title{font-size:17px;font-weight:600}"
      ".name{font-weight:600}.site,.step,.legend{font-size:11px;fill:#6b7885}"
      ".stuck{fill:#b3261e;font-weight:600}.race{fill:#b3261e;font-weight:600}"
      ".life{stroke:#c3ccd5;stroke-width:2}.value{stroke:#1769aa;stroke-width:2}"
      ".cause{stroke:#7a8a99;stroke-dasharray:4 3}.start{stroke:#2e7d32;stroke-width:1.5}"
      ".racing{stroke:#b3261e;stroke-width:2;stroke-dasharray:6 3}";
  out += "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  out += text_at(20, 30, t.title, "title");
  out += text_at(20, 52,
                 "time runs downwards; orange: who ran before could have gone on; blue: a value; "
                 "dashed: made possible by; green: started",
                 "legend");
  return out;
}

std::string lanes(const trace& t) {
  std::string out;
  for (std::size_t i = 0; i < t.lanes.size(); ++i) {
    const trace::lane& l = t.lanes[i];
    std::size_t last = l.from;
    for (std::size_t r = 0; r < t.rows.size(); ++r)
      if (t.rows[r].who == i || (t.rows[r].partner == i && !t.rows[r].starts)) last = r + 1;
    if (!l.end.empty()) last = t.rows.size() + 1;
    int top = l.from == 0 ? k_top - 6 : y_of(l.from - 1);
    out += "<line x1=\"" + number(x_of(i)) + "\" y1=\"" + number(top) + "\" x2=\"" +
           number(x_of(i)) + "\" y2=\"" + number(y_of(last) - k_row / 2) + "\" class=\"life\"/>\n";
    out += text_at(x_of(i) - 8, k_top - 18, l.name, "name");
    if (!l.end.empty()) out += text_at(x_of(i) - 8, y_of(last), l.end, "stuck");
  }
  return out;
}

std::string rows(const trace& t) {
  std::string out;
  for (std::size_t i = 0; i < t.rows.size(); ++i) {
    const trace::row& r = t.rows[i];
    int x = x_of(r.who);
    int y = y_of(i);
    out += text_at(14, y + 4, std::to_string(i + 1), "step");
    if (r.partner < t.lanes.size())
      out += arrow(x, y, x_of(r.partner), y, r.starts ? "start" : "value");
    if (r.cause >= 0) {
      auto from = static_cast<std::size_t>(r.cause);
      if (t.rows[from].who != r.who)
        out += arrow(x_of(t.rows[from].who), y_of(from), x, y, "cause");
    }
    out += "<circle cx=\"" + number(x) + "\" cy=\"" + number(y) + "\" r=\"5\" fill=\"" +
           (r.switched ? "#e8710a" : "#3c4a57") + "\"/>\n";
    out += text_at(x + 12, y - 1, r.text, "what");
    if (!r.site.empty()) out += text_at(x + 12, y + 11, r.site, "site");
  }
  return out;
}

std::string race(const trace& t) {
  std::string out;
  if (t.race.size() != 2) return out;
  int x[2];
  int y[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const trace::mark& m = t.race[i];
    x[i] = x_of(m.who);
    y[i] = y_of(m.after) - k_row / 2 + 2;
    out += "<circle cx=\"" + number(x[i]) + "\" cy=\"" + number(y[i]) +
           "\" r=\"6\" fill=\"#b3261e\"/>\n";
    out += text_at(x[i] + 12, y[i] + 4, m.text + "  " + m.site, "race");
  }
  out += "<line x1=\"" + number(x[0]) + "\" y1=\"" + number(y[0]) + "\" x2=\"" + number(x[1]) +
         "\" y2=\"" + number(y[1]) + "\" class=\"racing\"/>\n";
  return out;
}

}  // namespace

std::string draw(const trace& t) {
  int width = std::max(k_left + static_cast<int>(t.lanes.size()) * k_lane + 20, 760);
  int height = y_of(t.rows.size()) + 2 * k_row;
  return opening(width, height, t) + lanes(t) + rows(t) + race(t) + "</svg>\n";
}

}  // namespace detail

bool report::svg(const std::string& path) const {
  if (trace == nullptr) return false;
  std::ofstream out(path);
  out << detail::draw(*trace);
  return static_cast<bool>(out.flush());
}

bool report::html(const std::string& path) const {
  std::ofstream out(path);
  out << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta "
         "charset=\"utf-8\"><title>weft::check</title>"
         "<style>body{font:14px "
         "system-ui,sans-serif;margin:24px}pre{background:#f4f6f8;padding:12px;"
         "overflow:auto}</style></head><body>\n<h1>weft::check</h1>\n";
  if (trace != nullptr) out << detail::draw(*trace);
  out << "<pre>" << weft::detail::escape_markup(text()) << "</pre>\n</body></html>\n";
  return static_cast<bool>(out.flush());
}

}  // namespace check
}  // namespace weft::inline WEFT_WORLD
