// SPDX-License-Identifier: Apache-2.0
#pragma once
// trace_points: what the runtime says to those who watch it.                          Floor 3.
//
// One line in each place. While nobody watches, it costs one load of a word that nobody writes.
// The functions behind it: any stack, they neither park nor allocate.

#include <weft/detail/runtime/probes.h>

#include "runtime/goroutine.h"
#include "runtime/trace_buffer.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct worker;
struct processor;
struct thread_party;

namespace trace {

// How a goroutine left its processor: detail of kind::switched. {status:3, reason:5}
static_assert(static_cast<unsigned>(wait_reason::run_wait) < 32);
constexpr std::uint8_t how_left(goroutine_status s, wait_reason why) noexcept {
  return static_cast<std::uint8_t>(static_cast<unsigned>(s) << 5 | static_cast<unsigned>(why));
}
constexpr goroutine_status left_status(std::uint8_t how) noexcept {
  return static_cast<goroutine_status>(how >> 5);
}
constexpr wait_reason left_reason(std::uint8_t how) noexcept {
  return static_cast<wait_reason>(how & 31);
}

WEFT_COLD void note_created(goroutine& g) noexcept;
WEFT_COLD void note_ended(const goroutine& g) noexcept;
WEFT_COLD void note_switched(worker& w, goroutine& from, goroutine& to) noexcept;
WEFT_COLD void note_woken(goroutine& g) noexcept;
WEFT_COLD void note(kind what, std::uint64_t a, std::uint64_t b) noexcept;
WEFT_COLD void note_thread(kind what, const thread_party& t, wait_reason why) noexcept;

constexpr probe operator|(probe a, probe b) noexcept {
  return static_cast<probe>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// Are wake-ups noted, and switches here?
inline bool watched() noexcept { return probed(probe::trace | probe::latency); }
/// Does anybody look at switches?
inline bool switches_watched() noexcept {
  return probed(probe::trace | probe::latency | probe::block_profile);
}

inline void created(goroutine& g) noexcept {
  if (watched()) note_created(g);
}
inline void ended(const goroutine& g) noexcept {
  if (probed(probe::trace)) note_ended(g);
}
inline void woken(goroutine& g) noexcept {
  if (watched()) note_woken(g);
}
inline void blocking_began(const goroutine& g) noexcept {
  if (probed(probe::trace)) note(kind::blocking_began, g.id, 0);
}
inline void blocking_ended(const goroutine& g) noexcept {
  if (probed(probe::trace)) note(kind::blocking_ended, g.id, 0);
}
inline void thread_parked(const thread_party& t, wait_reason why) noexcept {
  if (probed(probe::trace)) note_thread(kind::thread_parked, t, why);
}
inline void thread_woken(const thread_party& t) noexcept {
  if (probed(probe::trace)) note_thread(kind::thread_woken, t, wait_reason::none);
}
inline void thread_resumed(const thread_party& t) noexcept {
  if (probed(probe::trace)) note_thread(kind::thread_resumed, t, wait_reason::none);
}
inline void stole(unsigned victim, std::uint32_t count) noexcept {
  if (probed(probe::trace)) note(kind::stole, victim, count);
}
inline void timer_fired(std::int64_t due) noexcept {
  if (probed(probe::trace)) note(kind::timer_fired, static_cast<std::uint64_t>(due), 0);
}
inline void processor_stuck(unsigned index, std::int64_t since) noexcept {
  if (probed(probe::trace)) {
    note(kind::processor_stuck, index, static_cast<std::uint64_t>(since));
  }
}

/// Somebody looks at how long goroutines wait for a processor: it is measured for the next ten
/// minutes, and on and on if he keeps looking. Any thread.
void watch_latency() noexcept;
/// The monitor's: ends it when nobody has looked for so long.
void end_unasked_latency(std::int64_t now) noexcept;

/// The goroutine that is calling; 0 on a plain thread and in the scheduler.
std::uint64_t current_id() noexcept;

}  // namespace trace
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
