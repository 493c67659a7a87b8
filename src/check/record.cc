// SPDX-License-Identifier: Apache-2.0
// record.cc: an execution put down step by step, for a report.                        Floor 6.

#include "check/describe.h"
#include "check/engine.h"
#include "check/stacks.h"

#include <algorithm>
#include <cstdio>

namespace weft::inline WEFT_WORLD {
namespace detail {
namespace checker {
namespace {

std::string offer_text(const resolved_offer& o) {
  return std::string(o.what.sending ? "send" : "recv") + " #" + std::to_string(o.object);
}

bool finds_closed(const resolved_offer& o) {
  if (o.what.object == nullptr) return false;
  sched::outlook l = o.what.look(o.what.object, o.what.sending);
  return l.closed && (o.what.sending || l.count == 0);
}

std::string duration(nanotime_t t) {
  char text[48];
  if (t >= 1'000'000'000) {
    std::snprintf(text, sizeof text, "%.9g s", static_cast<double>(t) / 1e9);
  } else if (t >= 1'000'000) {
    std::snprintf(text, sizeof text, "%.6g ms", static_cast<double>(t) / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%lld ns", static_cast<long long>(t));
  }
  return text;
}

}  // namespace

std::string engine::note_of(const transition& t) {
  const goroutine& g = at(t.who);
  const pending& p = g.next;
  switch (p.kind) {
    case pending::tries:
      return t.alt == 1 || !p.ready(p.arg) ? "fails" : "";
    case pending::counted:
      return (p.n >= 0 ? "+" : "") + std::to_string(p.n);
    case pending::offers: {
      if (t.alt == k_else) return "not ready";
      std::string out;
      if (p.what == sched::op::select) out = offer_text(g.offers[t.alt]);
      if (t.partner == k_nobody && finds_closed(g.offers[t.alt]))
        out += out.empty() ? "closed" : ", closed";
      return out;
    }
    default:
      return {};
  }
}

// Of who ran last, if it takes no part in what comes now.
std::string engine::why_left(const transition& t) {
  if (steps.empty() || t.involves(last) || last >= count_) return {};
  const goroutine& g = at(last);
  if (g.at == stage::ended) return "ends";
  if (preempts(t)) return "interrupted: it could go on";
  return "waits: " + waits_for(*this, g);
}

void engine::note_enabled() noexcept {
  for (const transition& t : enabled_) {
    at(t.who).could_at = steps_taken();
    if (t.partner != k_nobody) at(t.partner).could_at = steps_taken();
  }
}

// Of an execution that is very long, the end is what a report shows.
void engine::keep(step&& s) {
  constexpr std::size_t k_most = 100'000;
  if (steps.size() == k_most) {
    steps.erase(steps.begin(), steps.begin() + k_most / 2);
    forgotten_steps_ += k_most / 2;
  }
  steps.push_back(std::move(s));
}

void engine::note_step(const transition& t) {
  goroutine& g = at(t.who);
  step s;
  s.what.what = t;
  s.what.op = g.next.what;
  s.object = g.next.object;
  s.stack = &g == current_ ? stack_of_caller(*current_) : stack_of(g);
  s.switched = preempts(t);
  s.note = note_of(t);
  s.left = why_left(t);
  g.last_step = static_cast<std::int64_t>(steps_taken());
  if (t.partner != k_nobody) at(t.partner).last_step = g.last_step;
  keep(std::move(s));
}

void engine::note_spawn(goroutine& g) {
  step s;
  s.what.what = {current_->id, 0, g.id, 0};
  s.what.op = sched::op::spawn;
  s.stack = stack_of_caller(*current_);
  // A timer's function runs on the stack of whoever waits.
  if (!in_timer_) g.made = s.stack;
  keep(std::move(s));
}

void engine::note_time(nanotime_t by) {
  if (clock_ != nullptr) {
    steps.back().value = duration(by);
    return;
  }
  if (by == 0) return;
  step s;
  s.what.what.who = k_nobody;
  s.what.op = sched::op::sleep;
  s.value = duration(by);
  keep(std::move(s));
}

void engine::note_value(std::string_view text) noexcept {
  if (in_timer_ || current_ == nullptr) return;
  const auto first = static_cast<std::int64_t>(forgotten_steps_);
  if (current_->last_step < first) return;
  const own_work here(*this);
  constexpr std::size_t k_most = 40;
  step& s = steps[static_cast<std::size_t>(current_->last_step - first)];
  if (s.value == text || s.value.size() > k_most) return;
  if (!s.value.empty()) s.value += " -> ";
  if (text.size() > k_most) {
    std::size_t end = k_most - 3;
    while (end != 0 && (text[end] & 0xC0) == 0x80) --end;  // not within a character
    s.value.append(text.substr(0, end)).append("...");
  } else {
    s.value += text;
  }
}

}  // namespace checker

namespace sched {

using checker::engine;

bool recorded() noexcept {
  engine* e = engine::active();
  return e != nullptr && e->record && e->current() != nullptr;
}
void note_text(std::string_view v) noexcept {
  const engine::own_work here(*engine::active());
  std::string text = "\"";
  for (char c : v.substr(0, 100)) {
    if (c == '\n') {
      text += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ') {
      text += '?';
    } else {
      text += c;
    }
  }
  engine::active()->note_value(text + '"');
}
void note_word(const char* v) noexcept { engine::active()->note_value(v); }
void note_signed(long long v) noexcept { engine::active()->note_value(std::to_string(v)); }
void note_unsigned(unsigned long long v) noexcept {
  engine::active()->note_value(std::to_string(v));
}
void note_pointer(const volatile void* v) noexcept {
  char text[32];
  std::snprintf(text, sizeof text, "%p", const_cast<const void*>(v));
  engine::active()->note_value(v == nullptr ? "null" : text);
}
void note_real(double v) noexcept {
  char text[32];
  std::snprintf(text, sizeof text, "%g", v);
  engine::active()->note_value(text);
}

}  // namespace sched
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
