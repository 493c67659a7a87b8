// SPDX-License-Identifier: Apache-2.0
#pragma once
// worker: a thread that runs goroutines.                                              Floor 3.

#include "runtime/goroutine.h"

namespace weft::inline WEFT_WORLD {
namespace detail {

struct processor;

enum class worker_state : std::uint8_t {
  active,   // runs or searches; has a processor
  idle,     // asleep on the idle list; has a processor
  spare,    // asleep on the spare list; has none
  blocked,  // inside blocking(); has none
};

struct alignas(k_cache_line) worker {
  // What to do on waking: values of `word`.
  static constexpr std::uint32_t k_asleep = 0;
  static constexpr std::uint32_t k_poked = 1;   // look at the timers again
  static constexpr std::uint32_t k_called = 2;  // a processor is yours: go and search

  processor* p = nullptr;  // own thread's; by others under the scheduler's lock
  shared_word<goroutine*> current{nullptr};
  exception_state* exceptions = nullptr;  // the thread's __cxa_eh_globals
  char* native_top = nullptr;             // its frames on the thread's own stack are below this
  goroutine base;                         // stands for the thread's own stack when switching
  bool searching = false;
  std::int64_t stint_start = 0;  // when it last found work by searching
  std::uint32_t index = 0;
  std::uint64_t random = 0;
  // Contention, see contention.cc; own thread's.
  std::uint32_t contended = 0;
  bool wants_rest = false;
  std::int64_t window_start = 0;
  std::int64_t rested_until = 0;
  std::int64_t rest_ns = 0;

  alignas(k_cache_line) shared_word<std::uint32_t> word{k_asleep};
  shared_word<worker_state> state{worker_state::active};  // written under the scheduler's lock
  worker* next = nullptr;  // on the idle or spare list; guarded by the scheduler's lock
};

/// The worker whose thread is calling; null on other threads. The one accessor of this
/// thread-local: never inlined, so that no address is kept across a switch of stacks.
worker* current_worker() noexcept;
void set_current_worker(worker* w) noexcept;

}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
