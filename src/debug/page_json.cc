// SPDX-License-Identifier: Apache-2.0
// page_json.cc: the live page's data as JSON.                                         Floor 6.

#include "debug/goroutines.h"
#include "debug/page_data.h"

#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace debug {
namespace {

class json_text {
 public:
  json_text& open(char bracket) {
    comma();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  json_text& close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  json_text& key(std::string_view name) {
    comma();
    quote(name);
    text_ += ':';
    first_ = true;
    return *this;
  }
  json_text& text(std::string_view value) {
    comma();
    quote(value);
    return *this;
  }
  template <class T>
  json_text& number(T value) {
    comma();
    if constexpr (std::is_floating_point_v<T>) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.4f", static_cast<double>(value));
      text_ += digits;
    } else {
      text_ += std::to_string(value);
    }
    return *this;
  }
  json_text& truth(bool value) {
    comma();
    text_ += value ? "true" : "false";
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  void comma() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  void quote(std::string_view s) {
    text_ += '"';
    for (char c : s) {
      if (c == '"' || c == '\\') {
        text_ += '\\';
        text_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escaped[8];
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
        text_ += escaped;
      } else {
        text_ += c;
      }
    }
    text_ += '"';
  }
  std::string text_;
  bool first_ = true;
};

template <class Rows, class F>
void rows(json_text& j, std::string_view name, const Rows& all, F&& one) {
  j.key(name).open('[');
  for (const auto& row : all) {
    j.open('{');
    one(row);
    j.close('}');
  }
  j.close(']');
}

void counts(json_text& j, std::string_view name, const std::vector<page_count>& all) {
  rows(j, name, all,
       [&](const page_count& c) { j.key("what").text(c.what).key("count").number(c.count); });
}

void goroutines(json_text& j, const page_data& d) {
  counts(j, "states", d.states);
  rows(j, "sites", d.sites, [&](const page_site& s) {
    j.key("place").text(s.place).key("count").number(s.count);
    counts(j, "doing", s.doing);
  });
  rows(j, "waits", d.waits, [&](const page_wait& w) {
    j.key("reason").text(reason_text(w.why)).key("place").text(w.place);
    j.key("site").text(w.site).key("count").number(w.count);
    j.key("oldest_ns").number(w.oldest_ns).key("newest_ns").number(w.newest_ns);
  });
}

void machine(json_text& j, const page_data& d) {
  rows(j, "processors", d.processors, [&](const page_processor& p) {
    j.key("index").number(p.index).key("goroutine").number(p.goroutine);
    j.key("asleep").truth(p.asleep).key("slept_ns").number(p.slept_ns);
    j.key("busy").number(p.busy).key("queued").number(p.queued).key("steals").number(p.steals);
  });
  j.key("latency").open('[');
  for (std::uint64_t n : d.latency) j.number(n);
  j.close(']');
}

void waits_for(json_text& j, const page_data& d) {
  rows(j, "rings", d.rings, [&](const page_edge& e) {
    j.key("from").number(e.from).key("place").text(e.from_place);
    j.key("what").text(e.what).key("to").number(e.to);
  });
  rows(j, "graph", d.graph, [&](const page_object& o) {
    j.key("what").text(o.what).key("alike").number(o.alike).key("lock").truth(o.is_lock);
    j.key("ring").truth(o.on_ring).key("holder").number(o.holder);
    j.key("holder_place").text(o.holder_place).key("holder_state").text(o.holder_state);
    j.key("waiting").number(o.waiting);
    rows(j, "waiters", o.waiters, [&](const page_waiters& w) {
      j.key("place").text(w.place).key("reason").text(w.reason);
      j.key("count").number(w.count).key("id").number(w.id).key("oldest_ns").number(w.oldest_ns);
    });
  });
}

}  // namespace

std::string to_json(const page_data& d) {
  json_text j;
  j.open('{');
  j.key("program").text(d.program).key("pid").number(d.pid).key("now_ns").number(d.now_ns);
  j.key("procs").number(d.procs).key("goroutines").number(d.goroutines);
  j.key("started").number(d.started).key("parks").number(d.parks).key("steals").number(d.steals);
  j.key("stuck_stretches").number(d.stuck_stretches);
  rows(j, "findings", d.findings, [&](const page_finding& f) {
    constexpr const char* k_levels[] = {"bad", "warning", "good"};
    j.key("level").text(k_levels[static_cast<int>(f.level)]);
    j.key("title").text(f.title).key("detail").text(f.detail);
  });
  goroutines(j, d);
  machine(j, d);
  j.key("contention_on").truth(d.contention_on);
  rows(j, "contention", d.contention, [&](const page_contention& c) {
    j.key("place").text(c.place).key("count").number(c.count).key("delay_ns").number(c.delay_ns);
  });
  waits_for(j, d);
  j.close('}');
  return j.take();
}

}  // namespace debug
}  // namespace weft::inline WEFT_WORLD
