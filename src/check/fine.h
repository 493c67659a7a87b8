// SPDX-License-Identifier: Apache-2.0
#pragma once
// fine: weft's own algorithms, explored at the grain of their atomics.                Floor 6.
//
// While a fine_scope lives, each operation on a shared_word is a scheduling point, the points of
// the primitives are none, goroutines stand for threads, and locks, futexes, park() and ready() do
// what they do in earnest. What a load finds and what is ordered by it depends on the orders that
// the code names:
//
//   store           is the last of its word for everybody at once: the order of the writes of a
//                   word is that in which they are performed
//   load            finds the last write, or an older one that is not hidden from the goroutine:
//                   by a later one that it has seen, or that happens before
//   update          finds the last write
//   release         what is found by an acquire orders what came before it
//   seq_cst         load: nothing older than the last seq_cst write of the word, or than what a
//                   fence has published
//   fence           publishes all that its goroutine knows, and learns what others have published
//                   and written seq_cst
//   heavy fence     a fence of every goroutine at that moment
//
// That is C++ but for two things: nothing is read before it is written (no load buffering), and
// writes of one word never change places. Older writes are offered by the rule of racy.cc.

#include <weft/detail/base/atomic.h>

#include "check/clock.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::inline WEFT_WORLD {
namespace detail {

struct goroutine;
struct thread_slot;

namespace checker {

class engine;

/// How fine a search is.
struct grain {
  bool asymmetric = true;     // the kernel has membarrier()
  unsigned stale = 2;         // so often does a goroutine find an older value of one word
  bool spurious = false;      // each goroutine is woken from a futex for no reason once
  bool relax_yields = false;  // a turn of a spin loop lets others go first
  unsigned processors = 1;    // goroutine k runs on processor k % processors
  std::int64_t tick = 0;      // so long passes between two looks at the clock, in nanoseconds
};

/// An operation made weaker than it is written, to see whether anybody notices.
struct weakening {
  enum what : unsigned char {
    none,
    no_acquire,
    no_release,
    no_seq_cst,  // acquire and release are left
    no_fence,
  };
  what how = none;
  std::string file;  // the end of its name
  unsigned line = 0;
};

/// An operation that has been performed.
struct site {
  const char* file;
  unsigned line;
  const char* what;  // load, store, update, fence, heavy fence
  std::memory_order order;
};

class fine_scope {
 public:
  explicit fine_scope(const grain& g = {}) noexcept;
  fine_scope(const fine_scope&) = delete;
  fine_scope& operator=(const fine_scope&) = delete;
  ~fine_scope();

 private:
  bool asymmetric_before_;
};

/// From now on, for all that is explored.
void weaken(const weakening& w);
bool is_weakened() noexcept;
/// All that was performed at this grain, in the order in which it was first seen.
std::vector<site> sites_seen();

// For the engine and the backend, with seam::g_fine.
const grain& current_grain() noexcept;
void fine_begin(engine& e, goroutine& g) noexcept;
void fine_restore() noexcept;
void fine_settle(engine& e, goroutine& g) noexcept;
void fine_park(engine& e, goroutine& g, unsigned char why, void (*commit)(void*) noexcept,
               void* arg) noexcept;
void fine_ready(engine& e, goroutine& g) noexcept;
void forget_sleepers(const engine& e) noexcept;
void restore_slots() noexcept;
thread_slot& fine_thread_slot(engine& e) noexcept;
std::int64_t fine_now(engine& e) noexcept;
const void* fence_object() noexcept;
const void* heavy_object() noexcept;
/// What other futex calls on a word depend on.
inline const void* sleepers_of(const void* word) noexcept {
  return static_cast<const char*>(word) + 1;
}

/// pending::n of an operation at this grain.
inline constexpr std::int64_t k_fine = 1;
inline constexpr std::int64_t k_fine_seq_cst = 2;

// Two clocks beside each other, as a release leaves them for an acquire: what happens before, and
// what is visible.
const tick* publish_both(engine& e, goroutine& g) noexcept;
void learn_both(engine& e, goroutine& g, const tick* both) noexcept;

}  // namespace checker
}  // namespace detail
}  // namespace weft::inline WEFT_WORLD
