// SPDX-License-Identifier: Apache-2.0
// samplers.cc: see samplers.h.                                                        Floor 6.

#include "check/samplers.h"

#include <algorithm>
#include <limits>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {
namespace {

class sampler : public strategy {
 public:
  explicit sampler(std::uint64_t seed) noexcept : random_(seed) {}
  unsigned value(engine&, unsigned n) override { return static_cast<unsigned>(random_.below(n)); }

 protected:
  // Any of the transitions that a goroutine takes part in.
  std::size_t any_of(std::uint16_t g, std::span<const transition> enabled) {
    std::size_t found = 0;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < enabled.size(); ++i)
      if (enabled[i].involves(g) && random_.below(++seen) == 0) found = i;
    return found;
  }
  // For each goroutine a number, of which the highest is chosen.
  template <class F>
  std::size_t highest(std::span<const transition> enabled, F&& rank) {
    std::uint16_t best = enabled[0].who;
    for (const transition& t : enabled) {
      if (rank(t.who) > rank(best)) best = t.who;
      if (t.partner != k_nobody && rank(t.partner) > rank(best)) best = t.partner;
    }
    return any_of(best, enabled);
  }

  generator random_;
};

bool compete(const goroutine& a, const goroutine& b) noexcept {
  auto uses = [](const goroutine& g, std::uint32_t object) {
    if (object == 0) return false;
    if (g.next.kind != pending::offers) return g.next.object == object;
    return std::ranges::any_of(g.offers,
                               [=](const resolved_offer& o) { return o.object == object; });
  };
  if (a.next.kind != pending::offers) return uses(b, a.next.object);
  return std::ranges::any_of(a.offers, [&](const resolved_offer& o) { return uses(b, o.object); });
}

class partial_orders final : public sampler {
 public:
  using sampler::sampler;
  bool begin(engine&) override {
    priority_.clear();
    return true;
  }
  std::size_t pick(engine& e, std::span<const transition> enabled) override {
    while (priority_.size() < e.goroutines()) priority_.push_back(random_.next());
    std::size_t i = highest(enabled, [&](std::uint16_t g) { return priority_[g]; });
    const transition& t = enabled[i];
    const auto n = static_cast<std::uint16_t>(e.goroutines());
    for (std::uint16_t k = 0; k < n; ++k) {
      const goroutine& g = e.at(k);
      if (t.involves(k) || (g.at == stage::at_point && compete(g, e.at(t.who))))
        priority_[k] = random_.next();
    }
    return i;
  }

 private:
  std::vector<std::uint64_t> priority_;
};

// Steps of the next execution, drawn from as many as the longest one so far had.
class marked_steps {
 public:
  void draw(std::size_t n, generator& random) {
    longest_ = std::max(longest_, now_);
    now_ = 0;
    marks_.clear();
    for (std::size_t i = 0; i < n; ++i) marks_.push_back(1 + random.below(longest_));
  }
  void advance() noexcept { ++now_; }
  /// Calls f(i) for each mark i that the present step has.
  template <class F>
  void each_due(F&& f) const {
    for (std::size_t i = 0; i < marks_.size(); ++i)
      if (marks_[i] == now_) f(i);
  }

 private:
  std::size_t longest_ = 1;
  std::size_t now_ = 0;
  std::vector<std::size_t> marks_;
};

class priorities final : public sampler {
 public:
  priorities(std::uint64_t seed, unsigned depth) noexcept : sampler(seed), depth_(depth) {}
  bool begin(engine&) override {
    priority_.clear();
    changes_.draw(depth_ > 1 ? depth_ - 1 : 0, random_);
    return true;
  }
  std::size_t pick(engine& e, std::span<const transition> enabled) override {
    // Above all that the changes give.
    while (priority_.size() < e.goroutines()) priority_.push_back(depth_ + (random_.next() >> 1));
    std::size_t i = highest(enabled, [&](std::uint16_t g) { return priority_[g]; });
    bool choice =
        std::ranges::any_of(enabled, [&](const transition& t) { return t.who != enabled[0].who; });
    std::uint16_t g = enabled[i].who;
    if (choice) {
      changes_.advance();
      changes_.each_due([&](std::size_t k) { priority_[g] = k; });
    }
    // Who only waits for others must let them.
    if (e.at(g).next.what == sched::op::yield) priority_[g] = 0;
    return i;
  }

 private:
  unsigned depth_;
  std::vector<std::uint64_t> priority_;
  marked_steps changes_;
};

class uniform_walk final : public sampler {
 public:
  using sampler::sampler;
  bool begin(engine&) override {
    for (std::size_t g = 0; g < done_.size(); ++g) {
      if (total_.size() <= g) total_.resize(g + 1);
      total_[g] = std::max(total_[g], done_[g]);
    }
    done_.assign(done_.size(), 0);
    return true;
  }
  std::size_t pick(engine& e, std::span<const transition> enabled) override {
    done_.resize(std::max(done_.size(), e.goroutines()));
    std::size_t sum = 0;
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      std::uint16_t g = enabled[i].who;
      std::size_t weight = 1;
      if (g < total_.size() && total_[g] > done_[g]) weight = total_[g] - done_[g];
      sum += weight;
      if (random_.below(sum) < weight) chosen = i;
    }
    ++done_[enabled[chosen].who];
    return chosen;
  }

 private:
  std::vector<std::size_t> total_;
  std::vector<std::size_t> done_;
};

class delays final : public sampler {
 public:
  delays(std::uint64_t seed, unsigned most) noexcept : sampler(seed), most_(most) {}
  bool begin(engine&) override {
    turn_ = 0;
    at_.draw(most_, random_);
    return true;
  }
  std::size_t pick(engine& e, std::span<const transition> enabled) override {
    at_.advance();
    turn_ = next_from(turn_, e, enabled);
    at_.each_due(
        [&](std::size_t) { turn_ = next_from(static_cast<std::uint16_t>(turn_ + 1), e, enabled); });
    std::uint16_t g = turn_;
    if (e.at(g).next.what == sched::op::yield) ++turn_;
    return any_of(g, enabled);
  }

 private:
  static std::uint16_t next_from(std::uint16_t g, engine& e, std::span<const transition> enabled) {
    for (std::size_t k = 0; k < e.goroutines(); ++k, ++g) {
      if (g >= e.goroutines()) g = 0;
      for (const transition& t : enabled)
        if (t.involves(g)) return g;
    }
    return enabled[0].who;
  }

  unsigned most_;
  std::uint16_t turn_ = 0;
  marked_steps at_;
};

}  // namespace

std::unique_ptr<strategy> make_pos(std::uint64_t seed) {
  return std::make_unique<partial_orders>(seed);
}
std::unique_ptr<strategy> make_pct(std::uint64_t seed, unsigned depth) {
  return std::make_unique<priorities>(seed, depth);
}
std::unique_ptr<strategy> make_urw(std::uint64_t seed) {
  return std::make_unique<uniform_walk>(seed);
}
std::unique_ptr<strategy> make_delay(std::uint64_t seed, unsigned most) {
  return std::make_unique<delays>(seed, most);
}

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
