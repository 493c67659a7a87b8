// SPDX-License-Identifier: Apache-2.0
#pragma once
// goroutine: the control block, which sits at the top of the goroutine's own stack.   Floor 3.

#include <weft/detail/runtime/park.h>

#include "arch/switch.h"

#include <unwind.h>
#include <cstdint>
#include <limits>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct stack_slab;
struct local_values;
struct label_set;
struct worker;

/// dead -> runnable -> running <-> waiting; a running one may also be in a blocking call.
enum class goroutine_status : std::uint8_t { dead, runnable, running, waiting, blocking };

/// The C++ runtime's per-thread exception state (Itanium ABI: __cxa_eh_globals), which must travel
/// with the goroutine.
struct exception_state {
  void* caught = nullptr;
  unsigned uncaught = 0;
};

/// The wait that a goroutine is in, for the block profile.
inline constexpr std::int64_t k_no_wait = std::numeric_limits<std::int64_t>::max();
struct block_mark {
  std::int64_t since = k_no_wait;  // measured: the negative time; else not later than it began
  std::uint32_t weight = 0;        // how many waits a measured one stands for
};

#if WEFT_ASSERT_LEVEL >= 3
/// The pthread mutexes that a goroutine holds: see foreign_locks.h.
struct foreign_locks {
  static constexpr unsigned k_most = 8;
  struct entry {
    const void* mutex;
    void* at;  // return address of the call that locked it
  };
  unsigned count = 0;
  entry held[k_most];
};
#endif

struct alignas(k_cache_line) goroutine : party {
  goroutine() noexcept : party(party_kind::goroutine) {}

  // Owned by whoever may run the goroutine; handed over with it.
  void* sp = nullptr;          // saved stack pointer while off the processor
  goroutine* next = nullptr;   // link in the one queue or free list it is on
  commit_fn commit = nullptr;  // after-switch action, run by whom it switched to
  void* commit_arg = nullptr;
  exception_state exceptions;
  _Unwind_Exception exit_unwind;   // exit_goroutine's
  void (*entry)(void*) = nullptr;  // the user's function and its closure
  void* closure = nullptr;
  local_values* locals = nullptr;  // goroutine_local values
  char* name = nullptr;            // from go_options, or null
  label_set* labels = nullptr;     // a share of them, or null; see labels.h
  std::uint64_t id = 0;
  std::uint64_t parent_id = 0;
  void* creator = nullptr;          // return address of the go() that made it
  void* sanitizer_state = nullptr;  // AddressSanitizer's fake stack, or ThreadSanitizer's fiber

#if WEFT_ASSERT_LEVEL >= 3
  foreign_locks foreign;
#endif

  // Read by dumps and the monitor at any time.
  shared_word<bool> on_cpu{false};  // a thread is on this stack, or about to be, or just leaving
  shared_word<goroutine_status> status{goroutine_status::dead};
  shared_word<wait_reason> why{wait_reason::none};
  shared_word<std::int64_t> parked_at{0};  // coarse clock

  // Immutable once the slot is made.
  stack_slab* slab = nullptr;
  char* stack_low = nullptr;        // first usable byte, above the guard
  bool has_canary = false;          // instead of a guard: k_canary below stack_low
  char* stack_high = nullptr;       // where the stack starts, below this block and the colour gap
  std::uint32_t slot = 0;           // index in the slab
  bool fresh = false;               // has not run yet
  bool has_run = false;             // another goroutine was here before; kept in the race build
  std::int64_t ready_at = 0;        // when it was made runnable, if probe::latency asks
  std::uint32_t ready_weight = 0;   // for how many times that it was
  std::uint32_t ready_session = 0;  // how often the probe had been switched on
  block_mark blocked;
  shared_word<worker*> last_worker{nullptr};  // who runs it, or ran it last; also for dumps

  // For those who look at it while the world is frozen.
  /// Unless it is dead, what start_goroutine() has set is there.
  [[nodiscard]] goroutine_status seen_status() const noexcept {
    // [DU-2] acquire-load; pairs with the release-store [SW-3], [PK-3], [PK-11], [PK-14],
    //        and [PK-21], [BL-1], [BL-2], [BL-3]. Whichever it finds comes after the first.
    return status.load(acquire);
  }
  /// Nobody is on its stack, which can be read then.
  [[nodiscard]] bool is_off() const noexcept {
    // [DU-1] acquire-load; pairs with the release-store [PK-1], [PK-9], [FW-3].
    return !on_cpu.load(acquire);
  }
};

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
