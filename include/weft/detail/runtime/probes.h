// SPDX-License-Identifier: Apache-2.0
#pragma once
// probes: which tools are watching this process.                                      Floor 3.
//
// While none does, a place that could be watched costs one load of a word that nobody writes.

#include <weft/detail/base/atomic.h>

#include <cstdint>

WEFT_UNINSTRUMENTED_BEGIN
namespace weft::inline WEFT_WORLD {
namespace detail {

enum class probe : std::uint32_t {
  trace = 1,          // the execution trace, or the flight recorder
  block_profile = 2,  // places that block
  mutex_profile = 4,  // unlocks that others waited for
  lock_owners = 8,    // who holds which lock
  latency = 16,       // how long goroutines wait for a processor
};

extern shared_word<std::uint32_t> g_probes;

/// Is any of the probes in use?
inline bool probed() noexcept {
  return WEFT_UNLIKELY(g_probes.load(relaxed) != 0);  // [PB-1] relaxed: a switch, in time.
}
inline bool probed(probe p) noexcept {
  // [PB-2] relaxed: as [PB-1]; what a tool shares with its probe has its own ordering.
  return WEFT_UNLIKELY((g_probes.load(relaxed) & static_cast<std::uint32_t>(p)) != 0);
}
void set_probe(probe p, bool on) noexcept;

/// What the mutex profile is told of an unlock that others waited for.
struct contention {
  std::int64_t waited_ns = 0;  // by all of them
  std::uint32_t weight = 0;    // how many contentions this one stands for; 0: nobody looked
};

/// For probe::mutex_profile: others begin to wait for something that is held. How many such
/// contentions this one is to stand for; 0: it is not watched.
std::uint32_t sample_contention() noexcept;
/// The caller has just unlocked what was watched. Holds: nothing.
WEFT_COLD void note_unlock(contention c) noexcept;

/// At the end of a function that profiles are to name: its last call is then no jump.
inline void keep_frame() noexcept { asm volatile(""); }

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
WEFT_UNINSTRUMENTED_END
