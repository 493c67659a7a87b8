// SPDX-License-Identifier: Apache-2.0
// shrink.cc: see shrink.h.                                                            Floor 6.

#include "check/shrink.h"

#include "check/exhaustive.h"
#include "check/mix.h"
#include "check/random.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

constexpr std::size_t k_effort = 100'000;      // steps, of all attempts together
constexpr std::size_t k_longest = 2'000;       // steps of an execution that is worth it
constexpr std::uint64_t k_executions = 1'500;  // for each bound

// Takes what is wished for, in that order, as far as it can be taken; what is not possible yet is
// kept for later. Where nothing is, who ran last goes on.
class along final : public strategy {
 public:
  along(std::vector<transition> wished, std::vector<unsigned> values) noexcept
      : wished_(std::move(wished)), values_(std::move(values)) {}
  bool begin(engine&) override { return true; }
  std::size_t pick(engine&, std::span<const transition> enabled) override {
    for (std::size_t i = at_; i < wished_.size(); ++i) {
      auto found = std::ranges::find(enabled, wished_[i]);
      if (found == enabled.end()) continue;
      wished_.erase(wished_.begin() + static_cast<std::ptrdiff_t>(i));
      return static_cast<std::size_t>(found - enabled.begin());
    }
    return 0;
  }
  unsigned value(engine&, unsigned n) override {
    return value_ < values_.size() ? std::min(values_[value_++], n - 1) : 0;
  }

 private:
  std::vector<transition> wished_;
  std::vector<unsigned> values_;
  std::size_t at_ = 0;
  std::size_t value_ = 0;
};

// One execution that fails as it should, and how simple it is.
struct candidate {
  std::vector<transition> taken;
  std::vector<unsigned> values;
  std::vector<decision> decisions;
  std::uint64_t fingerprint = 0;
  std::uint32_t preemptions = 0;
  std::size_t switches = 0;

  [[nodiscard]] auto weight() const {
    auto odd =
        static_cast<std::size_t>(std::ranges::count_if(values, [](unsigned v) { return v != 0; }));
    return std::tuple(preemptions, switches, odd, decisions.size());
  }
};

class shrinker {
 public:
  shrinker(engine& e, void (*body)(void*), void* arg, outcome how) noexcept
      : engine_(e), body_(body), arg_(arg), how_(how) {}

  // False if the execution does not fail again when it is repeated, or is too long.
  bool start(const failing& from) {
    if (from.decisions.size() > k_longest) return false;
    follow again(from.decisions);
    if (run(again) != how_) return false;
    key_ = key_of(engine_, how_);
    best_ = last_run();
    return true;
  }

  void greedily() {
    for (bool better = true; better && effort_ < k_effort;) {
      better = false;
      for (std::uint16_t g = 1; g < engine_.goroutines() && effort_ < k_effort; ++g)
        better = without(g) || better;
      for (std::size_t i = 1; i < best_.taken.size() && effort_ < k_effort; ++i)
        better = without_switch(i) || better;
      for (std::size_t i = 1; i < best_.taken.size() && effort_ < k_effort; ++i)
        better = earlier(i) || better;
      for (std::size_t i = 0; i < best_.values.size() && effort_ < k_effort; ++i) {
        if (best_.values[i] == 0) continue;
        std::vector<unsigned> values = best_.values;
        values[i] = 0;
        better = attempt(best_.taken, std::move(values)) || better;
      }
    }
  }

  // The least number of preemptions that the search finds the failure with.
  void by_search() {
    std::uint32_t most = best_.preemptions;
    for (std::uint32_t bound = 0; bound < most; ++bound) {
      exhaustive all(static_cast<int>(bound));
      for (std::uint64_t n = 0; n < k_executions && effort_ < k_effort && all.begin(engine_); ++n) {
        outcome how = engine_.run(all, body_, arg_);
        effort_ += engine_.decisions.size();
        if (how != how_) continue;
        follow again(engine_.decisions);
        if (run(again) != how_ || key_of(engine_, how_) != key_) continue;
        best_ = last_run();
        return;
      }
    }
  }

  [[nodiscard]] failing result() const { return {how_, best_.decisions, best_.fingerprint}; }

 private:
  outcome run(strategy& s) {
    engine_.record = true;
    static_cast<void>(s.begin(engine_));
    outcome how = engine_.run(s, body_, arg_);
    engine_.record = false;
    effort_ += engine_.decisions.size();
    return how;
  }

  candidate last_run() const {
    candidate c;
    for (const engine::step& s : engine_.steps)
      if (s.what.op != sched::op::spawn && s.what.what.who != k_nobody)
        c.taken.push_back(s.what.what);
    for (const decision& d : engine_.decisions)
      if (d.value) c.values.push_back(d.choice);
    c.decisions = engine_.decisions;
    c.fingerprint = engine_.fingerprint;
    c.preemptions = engine_.preemptions;
    for (std::size_t i = 1; i < c.taken.size(); ++i)
      if (!c.taken[i].involves(c.taken[i - 1].who)) ++c.switches;
    return c;
  }

  bool attempt(std::vector<transition> wished, std::vector<unsigned> values) {
    along path(std::move(wished), std::move(values));
    if (run(path) != how_ || key_of(engine_, how_) != key_) return false;
    candidate c = last_run();
    if (!(c.weight() < best_.weight())) return false;
    best_ = std::move(c);
    return true;
  }

  // Leaves it out, as far as the others do not wait for it.
  bool without(std::uint16_t g) {
    std::vector<transition> wished = best_.taken;
    if (std::erase_if(wished, [g](const transition& t) { return t.involves(g); }) == 0)
      return false;
    return attempt(std::move(wished), best_.values);
  }

  // Lets who was running before `at` go on with what it does next.
  bool without_switch(std::size_t at) {
    const std::vector<transition>& all = best_.taken;
    std::uint16_t g = all[at - 1].who;
    if (all[at].involves(g)) return false;
    std::size_t from = at;
    while (from < all.size() && !all[from].involves(g)) ++from;
    if (from == all.size()) return false;
    std::size_t to = from;
    while (to < all.size() && all[to].involves(g)) ++to;
    std::vector<transition> wished = all;
    std::rotate(wished.begin() + static_cast<std::ptrdiff_t>(at),
                wished.begin() + static_cast<std::ptrdiff_t>(from),
                wished.begin() + static_cast<std::ptrdiff_t>(to));
    return attempt(std::move(wished), best_.values);
  }

  // Lets who runs from `at` on do so before others that have run until then: they may have to wait
  // for it later, and are not interrupted.
  bool earlier(std::size_t at) {
    constexpr int k_others = 8;
    const std::vector<transition> all = best_.taken;
    std::uint16_t h = all[at].who;
    std::size_t to = at;
    while (to != all.size() && all[to].involves(h)) ++to;
    std::size_t from = at;
    for (int n = 0; n < k_others && from != 0 && !all[from - 1].involves(h); ++n) {
      std::uint16_t g = all[from - 1].who;
      while (from != 0 && all[from - 1].involves(g) && !all[from - 1].involves(h)) --from;
      std::vector<transition> wished = all;
      std::rotate(wished.begin() + static_cast<std::ptrdiff_t>(from),
                  wished.begin() + static_cast<std::ptrdiff_t>(at),
                  wished.begin() + static_cast<std::ptrdiff_t>(to));
      if (attempt(std::move(wished), best_.values)) return true;
    }
    return false;
  }

  engine& engine_;
  void (*body_)(void*);
  void* arg_;
  outcome how_;
  std::uint64_t key_ = 0;
  candidate best_;
  std::size_t effort_ = 0;
};

}  // namespace

std::uint64_t key_of(engine& e, outcome how) {
  std::uint64_t key = mix(1, static_cast<std::uint64_t>(how));
  switch (how) {
    case outcome::race:
      if (!e.races.empty()) {
        for (const access_site* s : {&e.races.front().now, &e.races.front().before}) {
          std::uint64_t side = s->write ? 1 : 2;
          for (std::uintptr_t pc : s->stack) side = mix(side, pc);
          key += side;
        }
      }
      break;
    case outcome::failure:
      key = mix(key, std::hash<std::string_view>{}(e.message));
      break;
    default:
      for (std::size_t i = 0; i < e.goroutines(); ++i) {
        const goroutine& g = e.at(i);
        if (!e.is_left(i)) continue;
        key += mix(mix(mix(2, reinterpret_cast<std::uintptr_t>(g.creator)),
                       static_cast<std::uint64_t>(g.next.what)),
                   static_cast<std::uint64_t>(g.at));
      }
      break;
  }
  return key;
}

failing shrink(engine& e, void (*body)(void*), void* arg, failing from) {
  shrinker s(e, body, arg, from.how);
  if (!s.start(from)) return from;
  s.greedily();
  s.by_search();
  return s.result();
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
