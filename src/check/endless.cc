// SPDX-License-Identifier: Apache-2.0
// endless.cc: what an execution does that came to the step bound.                     Floor 6.

#include "check/describe.h"
#include "check/stacks.h"

#include <algorithm>
#include <utility>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

bool is_same(const engine::step& a, const engine::step& b) {
  return a.what.what == b.what.what && a.what.op == b.what.op && a.object == b.object &&
         a.note == b.note && a.value == b.value && a.stack == b.stack;
}

struct round {
  std::size_t length = 0;  // 0: there is none
  std::size_t steps = 0;   // that it lasts in all
};

// The shortest that the execution ends in.
round last_round(const std::vector<engine::step>& steps) {
  constexpr std::size_t k_longest = 200;
  constexpr std::size_t k_times = 4;
  constexpr std::size_t k_fewest = 64;
  const std::size_t n = steps.size();
  for (std::size_t length = 1; length <= k_longest && length * k_times <= n; ++length) {
    std::size_t same = 0;
    while (same + length < n && is_same(steps[n - 1 - same], steps[n - 1 - same - length])) ++same;
    if (same + length >= std::max(k_fewest, length * k_times)) return {length, same + length};
  }
  return {};
}

bool took_part(const engine& e, std::size_t steps, std::uint16_t g) {
  auto end = e.steps.end();
  return std::any_of(end - static_cast<std::ptrdiff_t>(steps), end,
                     [g](const engine::step& s) { return s.what.what.involves(g); });
}

std::string line_of(engine& e, const engine::step& s) {
  std::string out = name_of(e, s.what.what.who) + ": " + text_of(e, s);
  if (std::string site = user_site(s.stack); !site.empty()) out += " at " + site;
  return out + '\n';
}

void list(engine& e, const round& r, std::string& out) {
  constexpr std::size_t k_most = 16;
  out += "  the last " + std::to_string(r.steps) + " steps are ";
  out += r.length == 1 ? "the same one" : "the same " + std::to_string(r.length);
  out += " again and again:\n";
  const std::size_t first = e.steps.size() - r.length;
  for (std::size_t i = first; i < std::min(e.steps.size(), first + k_most); ++i) {
    out += "      " + line_of(e, e.steps[i]);
  }
  if (r.length > k_most) out += "      ...\n";
}

// If there are but a few that differ.
void list_kinds(engine& e, std::size_t steps, std::string& out) {
  constexpr std::size_t k_most = 16;
  std::vector<std::pair<std::string, std::size_t>> kinds;
  for (std::size_t i = e.steps.size() - steps; i < e.steps.size(); ++i) {
    std::string text = line_of(e, e.steps[i]);
    auto known = std::ranges::find(kinds, text, [](const auto& k) { return k.first; });
    if (known != kinds.end()) {
      ++known->second;
      continue;
    }
    if (kinds.size() == k_most) return;
    kinds.emplace_back(std::move(text), 1);
  }
  for (const auto& [text, times] : kinds)
    out += "      " + std::to_string(times) + (times == 1 ? " time " : " times ") + text;
}

void shares(engine& e, std::size_t steps, std::string& out) {
  std::vector<std::pair<std::size_t, std::uint16_t>> took(e.goroutines());
  for (std::size_t g = 0; g < took.size(); ++g) took[g].second = static_cast<std::uint16_t>(g);
  for (std::size_t i = e.steps.size() - steps; i < e.steps.size(); ++i)
    if (std::uint16_t g = e.steps[i].what.what.who; g < took.size()) ++took[g].first;
  std::ranges::sort(took, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  out += "  of the last " + std::to_string(steps) + " steps";
  constexpr std::size_t k_most = 8;
  for (std::size_t k = 0; k < std::min(took.size(), k_most) && took[k].first != 0; ++k)
    out += (k == 0 ? " " : ", ") + name_of(e, took[k].second) + " took " +
           std::to_string(took[k].first);
  out += '\n';
  list_kinds(e, steps, out);
}

}  // namespace

bool can_go_on(engine& e, std::uint16_t g) {
  return std::ranges::any_of(e.enabled(), [g](const transition& t) { return t.involves(g); });
}

std::string how_it_goes_on(engine& e) {
  constexpr std::size_t k_last = 1000;
  std::string out;
  const round r = last_round(e.steps);
  const std::size_t looked_at = r.length != 0 ? r.steps : std::min(e.steps.size(), k_last);
  if (r.length != 0) {
    list(e, r, out);
  } else if (looked_at != 0) {
    shares(e, looked_at, out);
  }
  bool fair = true;
  for (std::size_t i = 0; i < e.goroutines(); ++i) {
    const auto g = static_cast<std::uint16_t>(i);
    if (e.at(g).could_at + looked_at <= e.steps_taken() || took_part(e, looked_at, g)) continue;
    fair = false;
    out += "  " + name_of(e, g) + " could go on meanwhile, and was never chosen\n";
  }
  if (!fair) {
    out +=
        "  whoever goes round for as long as others have not done something has to let them: with "
        "weft::yield(), or a lock or channel that blocks\n";
  } else if (r.length != 0) {
    out += "  everybody who can go on takes part in this: in this order it never ends\n";
  }
  return out;
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
