// SPDX-License-Identifier: Apache-2.0
#pragma once
// reference: a sequential model of channels with their buffers and queues of waiters, in which an
// operation is a list of select cases. It says which results are allowed, and who is woken.
#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace weft_test {

struct op_case {
  bool sends = false;
  std::size_t channel = 0;  // k_nil: a nil channel
  int value = 0;            // unique over the whole run
};
inline constexpr std::size_t k_nil = ~std::size_t{0};

enum class how { done, panicked, closed, would_block };

struct op_result {
  how outcome = how::done;
  std::size_t index = 0;  // the case; meaningless when it panicked
  int value = 0;          // received
  bool operator==(const op_result&) const = default;
};

class reference {
 public:
  using op_id = int;

  explicit reference(const std::vector<std::size_t>& capacities) {
    for (const auto n : capacities)
      channels_.push_back({.capacity = n, .closed = false, .buffer = {}, .queue = {}});
  }

  // The cases that may be chosen now.
  [[nodiscard]] std::vector<std::size_t> ready(const std::vector<op_case>& cases) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].channel == k_nil) continue;
      const state& c = channels_[cases[i].channel];
      const bool is_ready =
          cases[i].sends
              ? c.closed || c.buffer.size() < c.capacity || waits(cases[i].channel, false)
              : c.closed || !c.buffer.empty() || waits(cases[i].channel, true);
      if (is_ready) out.push_back(i);
    }
    return out;
  }

  void park(op_id id, std::vector<op_case> cases) {
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      for (const op_case& c : cases) {
        if (c.channel == i) {
          channels_[i].queue.push_back(id);
          break;
        }
      }
    }
    parked_[id] = std::move(cases);
  }

  // Takes the effect of case `index` of an operation that found it ready. False if `got` is not
  // what the model allows. Whoever is woken is put into `woken` with its allowed results.
  bool fire(const op_case& c, const op_result& got,
            std::map<op_id, std::vector<op_result>>& woken) {
    state& ch = channels_[c.channel];
    if (c.sends) {
      if (ch.closed) return got.outcome == how::panicked;
      if (got.outcome != how::done) return false;
      if (const auto id = first(c.channel, false)) {
        woken[*id] =
            results_of(*id, c.channel, false, {.outcome = how::done, .index = 0, .value = c.value});
        forget(*id);
      } else {
        ch.buffer.push_back(c.value);
      }
      return true;
    }
    if (!ch.buffer.empty()) {
      if (got.outcome != how::done || got.value != ch.buffer.front()) return false;
      ch.buffer.pop_front();
      if (const auto id = first(c.channel, true)) return refill(*id, c.channel, woken);
      return true;
    }
    if (const auto id = first(c.channel, true)) {
      return got.outcome == how::done && take_from(*id, c.channel, got.value, woken);
    }
    return ch.closed && got.outcome == how::closed;
  }

  // False: it was closed already, and the operation must panic.
  bool close(std::size_t channel, std::map<op_id, std::vector<op_result>>& woken) {
    if (channels_[channel].closed) return false;
    channels_[channel].closed = true;
    while (!channels_[channel].queue.empty()) {
      const op_id id = channels_[channel].queue.front();
      auto allowed =
          results_of(id, channel, false, {.outcome = how::closed, .index = 0, .value = 0});
      if (!results_of(id, channel, true, {}).empty()) {
        allowed.push_back({.outcome = how::panicked, .index = 0, .value = 0});
      }
      woken[id] = std::move(allowed);
      forget(id);
    }
    return true;
  }

  // Settles a select parked with several sends on one channel when its value had to be guessed:
  // the value that went into the buffer is the one of the case it reports.
  void settle(std::size_t channel, int guessed, int actual) {
    std::ranges::replace(channels_[channel].buffer, guessed, actual);
  }

  [[nodiscard]] bool closed(std::size_t channel) const { return channels_[channel].closed; }
  [[nodiscard]] std::size_t size(std::size_t channel) const {
    return channels_[channel].buffer.size();
  }
  [[nodiscard]] std::size_t parked() const { return parked_.size(); }
  [[nodiscard]] bool is_parked(op_id id) const { return parked_.contains(id); }
  [[nodiscard]] std::size_t channels() const { return channels_.size(); }

 private:
  struct state {
    std::size_t capacity;
    bool closed;
    std::deque<int> buffer;
    std::deque<op_id> queue;  // parked operations with a case on this channel, oldest first
  };

  [[nodiscard]] std::optional<op_id> first(std::size_t channel, bool sends) const {
    for (const op_id id : channels_[channel].queue) {
      for (const op_case& c : parked_.at(id)) {
        if (c.channel == channel && c.sends == sends) return id;
      }
    }
    return std::nullopt;
  }
  [[nodiscard]] bool waits(std::size_t channel, bool sends) const {
    return first(channel, sends).has_value();
  }

  // `like` for each case of the operation on this channel in this direction.
  [[nodiscard]] std::vector<op_result> results_of(op_id id, std::size_t channel, bool sends,
                                                  op_result like) const {
    std::vector<op_result> out;
    const auto& cases = parked_.at(id);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].channel != channel || cases[i].sends != sends) continue;
      like.index = i;
      out.push_back(like);
    }
    return out;
  }

  // The oldest parked sender's value goes into the buffer, and it is released.
  bool refill(op_id id, std::size_t channel, std::map<op_id, std::vector<op_result>>& woken) {
    const auto cases = parked_.at(id);
    woken[id] = results_of(id, channel, true, {.outcome = how::done, .index = 0, .value = 0});
    channels_[channel].buffer.push_back(cases[woken[id].front().index].value);
    forget(id);
    return true;
  }

  bool take_from(op_id id, std::size_t channel, int value,
                 std::map<op_id, std::vector<op_result>>& woken) {
    const auto& cases = parked_.at(id);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      if (cases[i].channel == channel && cases[i].sends && cases[i].value == value) {
        woken[id] = {{.outcome = how::done, .index = i, .value = 0}};
        forget(id);
        return true;
      }
    }
    return false;
  }

  void forget(op_id id) {
    for (state& c : channels_) std::erase(c.queue, id);
    parked_.erase(id);
  }

  std::vector<state> channels_;
  std::map<op_id, std::vector<op_case>> parked_;
};

}  // namespace weft_test
