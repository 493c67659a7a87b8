// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutine: a goroutine under the checker, and what it is about to do.               Floor 6.

#include <weft/detail/contract/sched.h>
#include <weft/detail/runtime/park.h>
#include <weft/detail/runtime/timers.h>

#include "check/clock.h"

#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {

namespace checker {

/// What a goroutine that stands at a scheduling point is about to do.
struct pending {
  // stillness: it waits until nothing else can happen; clock: time passes
  enum form : std::uint8_t { plain, guarded, counted, tries, offers, choice, stillness, clock };
  form kind = plain;
  sched::op what = sched::op::yield;
  bool or_else = false;  // an operation that does not block
  bool ordered = false;  // the first offer that is ready, no other
  bool was_blocked = false;
  bool settled = false;      // it stood here when everything else did, too
  std::uint32_t object = 0;  // 0: none
  const void* address = nullptr;
  void* arg = nullptr;
  bool (*ready)(void*) = nullptr;
  sched::offer (*nth)(void*, std::uint64_t) = nullptr;
  std::int64_t n = 0;  // offers, or what is added
};

struct resolved_offer {
  sched::offer what;
  std::uint32_t object = 0;
};

enum class stage : std::uint8_t { runnable, at_point, parked, ended };

// Of a goroutine that may be going round in a circle: see spin.cc.
struct idling {
  struct look {
    std::uint32_t object;
    std::uint32_t version;
  };
  std::uint32_t steps = 0;  // since it last changed something
  std::uint32_t marked_at = 0;
  std::uint64_t mark = 0;  // its state then
  std::vector<look> seen;  // since then, and in what version
  bool spins = false;
  std::uint64_t writes = 0;  // to plain memory, by anybody, when it began to spin
  std::uint32_t yields = 0;
  std::uint32_t fails = 0;     // of its tries, when nobody but those who try could go on
  std::size_t yielded_at = 0;  // in which step, if it is to let others go first; else 0
  bool patient = false;        // those who cannot go on yet, too, as it holds what they want
  std::size_t ran_at = 0;      // in which step it last took part in something

  void start_over() noexcept {
    steps = marked_at = 0;
    mark = 0;
    seen.clear();
    spins = false;
  }
};

struct stack_memory {
  // At the low end, for the engine's own work on the stack of whoever has used up the rest.
  static constexpr std::size_t k_spare = std::size_t{64} << 10;

  char* low = nullptr;
  char* high = nullptr;

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(high - low); }
  /// What a goroutine may use.
  [[nodiscard]] std::size_t usable() const noexcept { return size() - k_spare; }
  [[nodiscard]] const char* limit() const noexcept { return low == nullptr ? low : low + k_spare; }
};

}  // namespace checker

struct goroutine : party {
  goroutine() noexcept : party(party_kind::goroutine) {}

  std::uint16_t id = 0;
  checker::stage at = checker::stage::runnable;
  wait_reason why = wait_reason::none;
  bool fresh = true;
  bool in_event = false;  // the last transition is, or was, one of this goroutine's
  sched::op parked_in = sched::op::yield;
  void* sp = nullptr;
  void* caught = nullptr;  // the C++ runtime's exception state: see eh_globals.h
  unsigned uncaught = 0;
  checker::pending next;
  std::vector<checker::resolved_offer> offers;
  std::vector<std::uint32_t> tried;      // of which objects a try has failed
  bool tried_again = false;              // that of one of them, twice
  std::uint64_t decided = 0;             // which offer, for the operation that was chosen
  checker::tick* clock = nullptr;        // happens-before
  const hb::snapshot* shot = nullptr;    // of `clock`, if it has not changed since
  const hb::snapshot* loaded = nullptr;  // by relaxed loads: for an acquire fence
  const hb::snapshot* fenced = nullptr;  // by the last release fence: for relaxed stores
  checker::tick* past = nullptr;         // of the dependence relation
  // The same as it was before time passed, of one that stood at a point meanwhile: what it is about
  // to do could have come before what others did then.
  checker::tick* past_before = nullptr;
  // At the grain of atomics, see fine.h.
  checker::tick* view = nullptr;               // which writes hide older ones
  const checker::tick* loaded_both = nullptr;  // as `loaded` and `fenced`, with the view
  const checker::tick* fenced_both = nullptr;
  const checker::tick* woken_with = nullptr;
  std::uint32_t woken_by = 0;  // which event
  enum class parks : std::uint8_t { no, going, asleep, woken } parking = parks::no;
  std::uint32_t events = 0;
  std::int32_t last_event = -1;  // its place in the execution
  std::int64_t last_step = -1;   // the number of its last one, while the engine records
  std::size_t could_at = 0;      // after so many of those it could last go on, or meet somebody
  checker::idling idle;
  std::uint16_t parent = 0;
  std::uint32_t made_by_it = 0;  // goroutines and timers
  // Whose how-manieth it is: the same in executions that differ only in the order of what commutes.
  std::uint64_t lineage = 0;
  void* creator = nullptr;
  std::vector<std::uintptr_t> made;  // where it was started, while the engine records
  std::string name;
  void (*entry)(void*) = nullptr;
  void* closure = nullptr;
  void* locals = nullptr;
  void* shadow_stack = nullptr;
  checker::stack_memory stack;
  alignas(16) char exit_unwind[64];  // an _Unwind_Exception
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
