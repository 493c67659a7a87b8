// SPDX-License-Identifier: Apache-2.0
// Random operations on several channels, one at a time, against a sequential reference: each
// operation is a goroutine of its own, which completes at once or parks, and is woken by a later
// one. The seed is printed when a step goes wrong; WEFT_TEST_SEED sets it.
#include <weft/chan.h>
#include <weft/select.h>

#include <deque>
#include <random>
#include <sstream>

#include "model/reference.h"
#include "support/parked.h"

namespace weft_test {
namespace {

struct running_op {
  std::vector<op_case> cases;
  op_result result;
  std::atomic<bool> ended = false;
};

class driver {
 public:
  driver(std::uint64_t seed, int steps) : random_(seed), steps_(steps) {
    log_ << "WEFT_TEST_SEED=" << seed << "\n";
    std::vector<std::size_t> capacities;
    for (std::size_t i = 0; i < 4; ++i) {
      capacities.push_back(pick(3) == 0 ? pick(4) : pick(2));
      channels_.push_back(weft::make_chan<int>(capacities.back()));
    }
    model_.emplace(capacities);
  }

  void go() {
    for (int i = 0; i < steps_ && !testing::Test::HasFailure(); ++i) step();
    // Closing all lets everyone go, whatever went wrong.
    for (std::size_t i = 0; i < channels_.size(); ++i) close(i);
    EXPECT_TRUE(eventually([&] {
      return std::ranges::all_of(ops_, [](const running_op& op) { return op.ended.load(); });
    })) << log_.str();
  }

 private:
  using woken_map = std::map<int, std::vector<op_result>>;

  std::size_t pick(std::size_t n) { return random_() % n; }

  void fail(const std::string& what) { ADD_FAILURE() << what << "\n" << log_.str(); }

  op_case random_case() {
    return {.sends = pick(2) == 0,
            .channel = pick(12) == 0 ? k_nil : pick(channels_.size()),
            .value = next_value_++};
  }

  void step() {
    const std::size_t dice = pick(100);
    if (dice < 4) {
      close(pick(channels_.size()));
      replace_closed();
    } else if (dice < 45) {
      op_case only = random_case();
      if (only.channel == k_nil) only.channel = 0;
      perform({only}, false);
    } else if (dice < 60) {
      perform({random_case()}, true);
    } else {
      std::vector<op_case> cases(1 + pick(4));
      for (op_case& c : cases) c = random_case();
      const bool has_default = pick(4) == 0;
      const auto is_nil = [](const op_case& c) { return c.channel == k_nil; };
      if (!has_default && std::ranges::all_of(cases, is_nil)) cases.front().channel = 0;
      perform(cases, has_default);
    }
    check_sizes();
  }

  void perform(const std::vector<op_case>& cases, bool has_default) {
    const int id = static_cast<int>(ops_.size());
    describe(id, cases, has_default);
    running_op& op = ops_.emplace_back();
    op.cases = cases;
    const auto ready = model_->ready(cases);
    start(op, has_default);
    if (ready.empty() && !has_default) {
      model_->park(id, cases);
      if (!eventually([&] { return parked() >= model_->parked() || op.ended; })) fail("not parked");
      if (op.ended) fail("went on where it had to wait");
      return;
    }
    if (!await(op)) return fail("still waiting");
    log_ << " -> " << show(op.result) << "\n";
    woken_map woken;
    if (ready.empty()) {
      if (op.result.outcome != how::would_block) fail("the default was not taken");
      return;
    }
    if (op.result.outcome == how::would_block) return fail("the default was taken");
    if (op.result.outcome == how::panicked) {
      const auto into_closed = [&](std::size_t i) {
        return cases[i].sends && model_->closed(cases[i].channel);
      };
      if (std::ranges::none_of(ready, into_closed)) fail("panicked");
      return;
    }
    if (std::ranges::find(ready, op.result.index) == ready.end())
      return fail("that case was not ready");
    if (!model_->fire(cases[op.result.index], op.result, woken))
      return fail("not the result it had to be");
    settle(woken, cases[op.result.index].channel);
  }

  void close(std::size_t i) {
    log_ << "close " << i << "\n";
    woken_map woken;
    const bool first = model_->close(i, woken);
    const auto text = panic_text([&] { channels_[i].close(); });
    if (text != (first ? "" : "close of closed channel")) fail("close: " + text);
    settle(woken, i);
  }

  // A closed channel that is drained teaches nothing more: a new one takes its place.
  void replace_closed() {
    if (pick(2) == 0) return;
    std::vector<std::size_t> capacities;
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      close(i);
      capacities.push_back(pick(3) == 0 ? pick(4) : pick(2));
      channels_[i] = weft::make_chan<int>(capacities.back());
    }
    model_.emplace(capacities);
    log_.str({});
    log_ << "(fresh channels, WEFT_TEST_SEED=" << seed() << ")\n";
  }

  void settle(const woken_map& woken, std::size_t channel) {
    for (const auto& [id, allowed] : woken) {
      const running_op& op = ops_[static_cast<std::size_t>(id)];
      if (!await(op)) return fail("op " + std::to_string(id) + " was not woken");
      log_ << "   wakes " << id << " -> " << show(op.result) << "\n";
      const auto fits = [&](op_result want) {
        if (want.outcome == how::panicked) want.index = op.result.index;
        return want == op.result;
      };
      if (std::ranges::none_of(allowed, fits)) fail("woken with a wrong result");
      if (op.result.outcome == how::done && op.cases[op.result.index].sends) {
        model_->settle(channel, op.cases[allowed.front().index].value,
                       op.cases[op.result.index].value);
      }
    }
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if (ops_[i].ended && model_->is_parked(static_cast<int>(i))) fail("woken for nothing");
    }
  }

  bool await(const running_op& op) {
    return eventually([&] { return op.ended.load(); });
  }

  static std::size_t parked() {
    return count_waiting("chan send") + count_waiting("chan receive") + count_waiting("select");
  }

  void check_sizes() {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      if (channels_[i].size() != model_->size(i)) fail("size of channel " + std::to_string(i));
    }
  }

  void start(running_op& op, bool has_default) {
    std::vector<weft::chan<int>> handles;
    for (const op_case& c : op.cases) {
      handles.push_back(c.channel == k_nil ? weft::chan<int>{} : channels_[c.channel]);
    }
    const std::size_t form = pick(3);
    weft::go([&op, handles, has_default, form] {
      try {
        op.result = handles.size() == 1 && form != 0 ? plain(op.cases[0], handles[0], has_default)
                                                     : select(op.cases, handles, has_default);
      } catch (const weft::panic&) {
        op.result = {.outcome = how::panicked, .index = 0, .value = 0};
      }
      op.ended = true;
    });
  }

  static op_result received(std::size_t index, const std::optional<int>& v) {
    return {.outcome = v ? how::done : how::closed, .index = index, .value = v.value_or(0)};
  }

  static op_result plain(const op_case& c, const weft::chan<int>& handle, bool has_default) {
    constexpr op_result k_refused{.outcome = how::would_block, .index = 0, .value = 0};
    if (c.sends) {
      if (!has_default) {
        handle.send(c.value);
      } else if (!handle.try_send(c.value)) {
        return k_refused;
      }
      return {};
    }
    if (!has_default) return received(0, handle.recv());
    op_result result = k_refused;
    weft::select(weft::on_recv(handle, [&](std::optional<int> v) { result = received(0, v); }),
                 weft::otherwise());
    return result;
  }

  static op_result select(const std::vector<op_case>& cases,
                          const std::vector<weft::chan<int>>& handles, bool has_default) {
    op_result result;
    weft::select_set set;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].sends) {
        set.add_send(handles[i], cases[i].value, [&result, i] { result.index = i; });
      } else {
        set.add_recv(handles[i], [&result, i](std::optional<int> v) { result = received(i, v); });
      }
    }
    if (has_default) set.add_default([&result] { result.outcome = how::would_block; });
    const std::size_t index = set.wait();
    if (result.outcome != how::would_block) {
      EXPECT_EQ(index, result.index);
    }
    return result;
  }

  static std::string show(const op_result& r) {
    static constexpr const char* k_names[] = {"done", "panicked", "closed", "would block"};
    return std::string(k_names[static_cast<int>(r.outcome)]) + " case " + std::to_string(r.index) +
           " value " + std::to_string(r.value);
  }

  void describe(int id, const std::vector<op_case>& cases, bool has_default) {
    log_ << "op " << id << ":";
    for (const op_case& c : cases) {
      log_ << (c.sends ? " send " + std::to_string(c.value) + " to " : " recv from ")
           << (c.channel == k_nil ? "nil" : std::to_string(c.channel)) << ";";
    }
    log_ << (has_default ? " default\n" : "\n");
  }

  std::mt19937_64 random_;
  int steps_;
  int next_value_ = 1;
  std::vector<weft::chan<int>> channels_;
  std::optional<reference> model_;
  std::deque<running_op> ops_;
  std::ostringstream log_;
};

class ChanModel : public with_procs {};
WEFT_INSTANTIATE_PROCS(ChanModel);

TEST_P(ChanModel, RandomOperationsDoWhatTheReferenceDoes) {
  run([] {
    for (std::uint64_t round = 0; round < 4 && !HasFailure(); ++round) {
      driver(seed() + round * 1000003 + GetParam(), scaled(1000)).go();
    }
  });
}

// Non-blocking operations alone need no waiting, so many more of them fit into the same time.
TEST_P(ChanModel, RandomNonBlockingOperationsDoWhatADequeDoes) {
  run([] {
    std::mt19937_64 random(seed());
    for (std::size_t capacity = 0; capacity < 10; ++capacity) {
      const auto c = weft::make_chan<int>(capacity);
      std::deque<int> model;
      bool closed = false;
      for (int i = 0; i < scaled(5000); ++i) {
        const auto dice = random() % 1000;
        if (dice == 0) {
          ASSERT_EQ(panic_text([&] { c.close(); }), closed ? "close of closed channel" : "");
          closed = true;
        } else if (dice < 500) {
          bool sent = false;
          const auto text = panic_text([&] { sent = c.try_send(i); });
          ASSERT_EQ(text, closed ? "send on closed channel" : "");
          ASSERT_EQ(sent, !closed && model.size() < capacity) << "seed " << seed();
          if (sent) model.push_back(i);
        } else {
          std::optional<int> expected;
          if (!model.empty()) {
            expected = model.front();
            model.pop_front();
          }
          ASSERT_EQ(c.try_recv(), expected) << "seed " << seed();
        }
        ASSERT_EQ(c.size(), model.size());
      }
    }
  });
}

}  // namespace
}  // namespace weft_test
