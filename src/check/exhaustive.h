// SPDX-License-Identifier: Apache-2.0
#pragma once
// exhaustive: every behaviour once, or nearly: source sets and sleep sets.            Floor 6.
//
// P. Abdulla, S. Aronis, B. Jonsson, K. Sagonas, "Optimal dynamic partial order reduction", POPL
// 2014: the source-set algorithm, over transitions rather than processes, since a rendezvous has
// two participants and a select several outcomes. One frame for each decision of the execution
// that is being explored; an execution repeats the frames and adds new ones.
//
// INV-1 frame.backtrack holds the transition taken, what was taken before at this place, and what
//       is still to be taken.
// INV-2 a transition in frame.sleep has been taken from an earlier state, and commutes with all
//       that has happened since: whatever begins with it has been seen.

#include "check/engine.h"
#include "check/strategy.h"

#include <span>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail::checker {

class exhaustive final : public strategy {
 public:
  /// bound: how many preemptions an execution may have; -1: any number.
  /// Without `reduce`, every schedule: what the search is checked against.
  explicit exhaustive(int bound, bool reduce = true) noexcept : bound_(bound), reduce_(reduce) {}

  /// Only the part that falls to shard number `shard` of so many. The first few decisions of an
  /// execution are then all tried, and their number says whose it is.
  void share(unsigned shard, unsigned shards) noexcept {
    shard_ = shard;
    shards_ = shards;
  }

  bool begin(engine& e) override;
  std::size_t pick(engine& e, std::span<const transition> enabled) override;
  unsigned value(engine& e, unsigned n) override;
  void happened(engine& e) override;
  void ended(engine& e) override;
  [[nodiscard]] bool compares() const noexcept override { return true; }
  [[nodiscard]] bool wants_dependence() const noexcept override { return true; }
  [[nodiscard]] bool counts() const noexcept override;
  [[nodiscard]] bool complete() const noexcept override { return complete_; }
  /// Was something left out because of the bound?
  [[nodiscard]] bool bounded() const noexcept { return bounded_; }
  /// Was everything seen that the bound lets be seen?
  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  [[nodiscard]] double progress() const noexcept override;

 private:
  struct asleep {
    transition what;
    std::vector<access> accesses;
  };
  struct option {
    transition what;
    sched::op operation = sched::op::yield;  // of the one who goes on, and on what
    std::uint32_t object = 0;
    bool backtrack = false;
    bool done = false;
    bool sleeps = false;
    bool preempts = false;
  };
  struct frame {
    bool value = false;
    unsigned values = 0;
    unsigned choice = 0;  // of options, or the value
    std::vector<option> options;
    std::vector<asleep> sleep;  // when the frame was entered, and what was done here since
    std::size_t sleep_count = 0;
    std::uint32_t preemptions = 0;  // before this frame
    std::uint16_t last = 0;         // who ran before
    std::uint64_t paths = 1;        // with shards: how many ways lead about here
    std::uint64_t path = 0;         // which of them this is
  };

  frame& push();
  static std::string difference(engine& e, const frame& f, std::span<const transition> enabled);
  void enter(engine& e, frame& f, std::span<const transition> enabled);
  void inherit_sleep(frame& f);
  void count_paths(frame& f) const noexcept;
  static std::uint64_t path_after(const frame& f) noexcept;
  [[nodiscard]] bool shared(const frame& f) const noexcept {
    return shards_ > 1 && f.paths < std::uint64_t{64} * shards_;
  }
  [[nodiscard]] bool allowed(const frame& f, const option& o) noexcept;
  bool choose_next(frame& f);
  void race_of(engine& e, std::uint16_t g, std::uint32_t number, const access& a);
  bool reverse(engine& e, std::uint32_t earlier, std::uint32_t number, std::uint16_t g,
               std::uint16_t partner);
  bool find_initials(engine& e, std::uint32_t earlier, std::uint32_t number);
  void note_cases(std::span<const access> all);
  [[nodiscard]] bool gives_choice(const engine& e, const event& f) const noexcept;
  void pending_races(engine& e, const goroutine& g, std::uint16_t alt, bool meets,
                     std::uint32_t number);
  void add_option(frame& f, option& o);
  void reverse_bounded(std::size_t at, std::uint16_t g);
  static void add_all_of(frame& f, std::uint16_t g);

  int bound_;
  bool reduce_;
  bool bounded_ = false;
  bool complete_ = false;
  bool exhausted_ = false;
  bool lost_sight_ = false;  // of what somebody would have done after a race
  bool started_ = false;
  unsigned shard_ = 0;
  unsigned shards_ = 1;
  std::vector<frame> frames_;  // kept for their memory; depth_ are in use
  std::size_t depth_ = 0;
  std::size_t at_ = 0;       // the next frame of this execution
  std::size_t changed_ = 0;  // the frame that made this execution another one
  std::size_t event_frame_ = 0;
  std::vector<std::uint32_t> initials_;
  std::vector<tick> known_;
  const tick* after_ = nullptr;  // all that comes before the access whose races are sought
  std::vector<access> pending_;
  std::vector<access> cases_;  // not taken, of the operation whose races are sought
};

}  // namespace detail::checker
}  // namespace weft::inline WEFT_WORLD
